"""A BS-RoFormer beside the package `bs-roformer`: each stem, and whether stems are what they are called."""

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from models.bs_roformer.config import read_config
from models.bs_roformer.published import PublishedRoformer
from models.bs_roformer.separator import BSRoformerSeparator, Options
from models.check.measure import STEMS, Measured, compare_stems
from models.check.row import NOT_JUDGED, Row, Verdict, attempt
from models.runtime.precision import Precision
from models.separator import DEFAULT_OVERLAP
from polymuse.music import BASS, VOCALS

QUICK_HOPS = 25  # of the quick form: a quarter of a second
VOICE_SHARE = 0.5  # of the energy of music without a voice that may be in the vocals

Stems = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class RoformerFiles:
    """A checkpoint and its configuration, which both implementations read, and its name in the manifest."""

    name: str
    checkpoint: Path
    config: Path


class RoformerCheck:
    """Runs both implementations on clips; each network is freed before the next one loads."""

    def __init__(self, files: RoformerFiles, clips: Sequence[Tensor], device: torch.device) -> None:
        """`clips`: waveforms [2, N] float32 at the sample rate of the network."""
        self._files = files
        self._clips = clips
        self._device = device
        self._published: Sequence[Stems] = []
        self._seconds = 0.0  # of the published implementation
        self._ours: Sequence[Stems] = []  # in float32

    def rows(self, precisions: Sequence[Precision]) -> Iterator[Row]:
        """Each stem in each precision, float32 first."""
        yield from attempt(self._files.name, lambda: self._rows(precisions))

    def quick_rows(self) -> Iterator[Row]:
        """The network alone, on a quarter of a second of the first clip."""
        yield from attempt(self._files.name, self._quick)

    def plausible(self, *, trusted: bool) -> Iterator[Row]:
        """Whether the stems are what they are called, judged by music without a voice. After `rows`.

        Equality cannot show that: both implementations read the names from one file. `trusted`: whether the weights
        are said to be published ones; of other weights nothing can be expected.
        """
        if self._ours:
            doubts = [doubt for stems in self._ours for doubt in doubts_of(stems)]
            part = f"{self._files.name}: plausibility"
            verdict = Verdict.OK if not doubts else Verdict.DOUBTFUL if trusted else Verdict.UNVERIFIED
            note = doubts[0] if doubts else "names of the stems fit music without a voice"
            yield Row(part, verdict, note=note if trusted or not doubts else f"{note}; {NOT_JUDGED}")

    def _rows(self, precisions: Sequence[Precision]) -> Iterator[Row]:
        network = PublishedRoformer(self._files.checkpoint, self._files.config, self._device)
        begun = time.perf_counter()
        self._published = [network.separate(clip, DEFAULT_OVERLAP) for clip in self._clips]
        self._seconds = time.perf_counter() - begun
        del network
        gc.collect()
        for precision in precisions:
            ours = self._separator(precision)
            begun = time.perf_counter()
            found = [ours.separate(clip) for clip in self._clips]
            seconds = time.perf_counter() - begun
            del ours
            gc.collect()
            if precision is Precision.FLOAT32:
                self._ours = found
            for stem in found[0]:
                yield self._stem_row(stem, found, precision, seconds)

    def _stem_row(self, stem: str, found: Sequence[Stems], precision: Precision, seconds: float) -> Row:
        """One stem over all clips; if it is another one of the published stems, the note says which."""
        part, limit = f"{self._files.name}: {stem}", STEMS[precision]
        ours = [stems[stem] for stems in found]
        rest = read_config(self._files.config).rest
        names = {name: rest if name == "rest" else name for name in self._published[0]}
        if stem not in names.values():
            return Row(part, Verdict.DIFFERS, precision, note=f"published are {', '.join(map(str, names.values()))}")
        measured = {
            published: compare_stems([stems[name] for stems in self._published], ours, self._clips)
            for name, published in names.items()
        }
        result, note = measured[stem], f"overlap {DEFAULT_OVERLAP}"
        verdict = Verdict.OK if limit.holds(result) else Verdict.DIFFERS
        if verdict is Verdict.DIFFERS:
            same = [name for name, each in measured.items() if limit.holds(each)]
            note = f"equals the published {same[0]}: stems are swapped" if same else note
        return self._row(part, verdict, precision, result, seconds, note)

    def _quick(self) -> Iterator[Row]:
        samples = QUICK_HOPS * read_config(self._files.config).network.stft_hop_length
        chunk = self._clips[0][:, :samples]
        network = PublishedRoformer(self._files.checkpoint, self._files.config, self._device)
        begun = time.perf_counter()
        expected = network.forward(chunk)
        self._seconds = time.perf_counter() - begun
        del network
        gc.collect()
        ours = self._separator(Precision.FLOAT32)
        begun = time.perf_counter()
        found = ours.forward(chunk[None])[0]
        seconds = time.perf_counter() - begun
        measured = compare_stems(expected, found, [chunk] * len(expected))
        verdict = Verdict.OK if STEMS[Precision.FLOAT32].holds(measured) else Verdict.DIFFERS
        yield self._row(self._files.name, verdict, Precision.FLOAT32, measured, seconds, "the network alone")

    def _row(
        self, part: str, verdict: Verdict, precision: Precision, measured: Measured, seconds: float, note: str
    ) -> Row:
        figures = measured.difference, measured.cosine, measured.snr
        return Row(part, verdict, precision, *figures, str(STEMS[precision]), self._seconds, seconds, note)

    def _separator(self, precision: Precision) -> BSRoformerSeparator:
        files, options = self._files, Options(precision=precision)
        return BSRoformerSeparator.load(files.checkpoint, files.config, str(self._device), options=options)


def doubts_of(stems: Stems) -> list[str]:
    """What speaks against the names of the stems of music without a voice; empty if nothing does.

    Vocals must not hold most of the energy, and of several stems the bass must be the lowest. A swap of stems that
    are alike in that, such as drums and other, does not show.
    """
    energies = {name: float(stem.double().square().sum()) for name, stem in stems.items()}
    total = sum(energies.values())
    doubts = []
    if VOCALS in energies and total and (share := energies[VOCALS] / total) > VOICE_SHARE:
        doubts.append(f"{share:.0%} of music without a voice is in the vocals: stems may be swapped")
    if BASS in energies:
        heights = {name: _height(stem) for name, stem in stems.items() if energies[name] > 0.001 * total}
        if BASS in heights and (lowest := min(heights, key=lambda name: heights[name])) != BASS:
            doubts.append(f"the lowest stem is {lowest}, not {BASS}: stems may be swapped")
    return doubts


def _height(stem: Tensor) -> float:
    """The mean of a stem's spectrum, weighted by energy, as a share of the Nyquist frequency."""
    power = torch.fft.rfft(stem.double().mean(dim=0)).abs().square()
    return float((power * torch.linspace(0, 1, len(power), dtype=torch.float64)).sum() / power.sum().clamp_min(1e-30))
