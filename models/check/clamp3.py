"""CLaMP 3 beside the published implementation: each part on the same input, then the whole path."""

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from models.check.measure import SAMPLES, VECTORS, Limit, Measured, compare_vectors
from models.check.row import Row, Verdict, attempt
from models.clamp3 import published
from models.clamp3.checkpoint import MERT_FILE, SOURCE_KEY
from models.clamp3.clamp3 import Clamp3
from models.clamp3.resample import mono_24k
from models.clamp3.scores.patches import patches
from models.clamp3.tokenizer import VOCABULARY, XlmrTokenizer
from models.runtime.precision import Precision
from models.separator import SAMPLE_RATE

TEXTS = (
    "a calm piano piece in the evening",
    "Heavy metal with distorted guitars and fast drums",
    "música electrónica de baile para la fiesta",
    "安静的钢琴曲",
    "激しいギターの曲",
    "грустная виолончель",
    "موسيقى عود هادئة",
    "शांत सितार संगीत",
    "sad cello\nslow tempo\nminor key",
    "An old tune for a small orchestra, with strings, two horns and a flute. " * 16,  # two segments
)
PUBLISHED_IDS = {  # that the makers of XLM-R show in their examples (fairseq, examples/xlmr)
    "Hello world!": [0, 35378, 8999, 38, 2],
    "你好，世界": [0, 6, 124084, 4, 3221, 2],
    "नमस्ते दुनिया": [0, 68700, 97883, 29405, 2],
    "مرحبا بالعالم": [0, 665, 193478, 258, 1705, 77796, 2],
    "Bonjour le monde": [0, 84602, 95, 11146, 2],
}
TIME_UP = "the time was up"
SCORE = "X:1\nT:Scale\nM:4/4\nK:C\n[V:1]CDEF|GABc|[V:2]C,4|G,4|\n[V:1]cBAG|FEDC|]\n"
LENGTHS = (128, 129)  # of sequences around the border of a segment

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Clamp3Files:
    """The original files, which the published implementation reads, and the converted ones, which we read."""

    checkpoint: Path
    mert: Path
    tokenizer: Path
    converted: Path
    sha256s: tuple[str, ...]  # of checkpoint and MERT


class Clamp3Check:
    """Runs both implementations. The networks of the published one are freed one by one."""

    def __init__(
        self,
        files: Clamp3Files,
        texts: Sequence[str],
        clips: Sequence[Tensor],
        device: torch.device,
        *,
        lengths: Sequence[int] = LENGTHS,
        warm: bool = True,
    ) -> None:
        """`clips`: waveforms [2, N] float32 at 44.1 kHz; `lengths`: of seeded sequences for the towers.

        `warm`: whether each network runs once before it is timed.
        """
        self._files = files
        self._texts = texts
        self._clips = clips
        self._device = device
        self._lengths = lengths
        self._warm = warm
        self._ids: list[Tensor] = []
        self._mono: list[Tensor] = []  # at 24 kHz
        self._rows: list[Tensor] = []  # of MERT
        self._text_vectors: list[Tensor] = []
        self._audio_vectors: list[Tensor] = []
        self._our_audio: list[Tensor] = []  # in float32
        self._ours = self._load(Precision.FLOAT32)

    def rows(self, seconds: float = math.inf) -> Iterator[Row]:
        """All parts in float32. A part that fails is a row, and the next one runs; after `seconds` none begins."""
        deadline = time.monotonic() + seconds
        parts: Mapping[str, Callable[[], Iterator[Row]]] = {
            "conversion": self._conversion,
            "tokenizer": self._tokenizer,
            "text tower": self._text_tower,
            "resampling": self._resampling,
            "MERT": self._mert,
            "audio tower": self._audio_tower,
            "symbolic tower": self._symbolic_tower,
            "text, whole path": lambda: self._whole_text(self._ours),
            "audio, whole path": lambda: self._whole_audio(self._ours),
        }
        for part, work in parts.items():
            if time.monotonic() < deadline:
                yield from attempt(part, work)
            else:
                yield Row(part, Verdict.NOT_COMPARED, note=TIME_UP)

    def rows_without_the_library(self) -> Iterator[Row]:
        """What can be said without the transformers library."""
        yield from attempt("conversion", self._conversion)
        yield from attempt("tokenizer", lambda: iter([self._published_ids(XlmrTokenizer(self._files.tokenizer))]))
        yield from attempt("vectors", self._sane)

    def rows_in(self, precision: Precision) -> Iterator[Row]:
        """The whole paths in another precision, against the published float32. After `rows`."""
        ours = self._load(precision)
        yield from attempt("text, whole path", lambda: self._whole_text(ours))
        yield from attempt("audio, whole path", lambda: self._whole_audio(ours))

    def similarities(self, texts: Sequence[str]) -> Tensor:
        """[texts, clips]: cosines of our float32 vectors. After `rows`; raises ValueError if audio gave none."""
        if not self._our_audio:
            raise ValueError("there are no vectors of audio")
        return self._ours.embed_text(list(texts)) @ functional.normalize(torch.stack(self._our_audio), dim=-1).T

    def _timed(self, network: Callable[[Item], Result], inputs: Sequence[Item]) -> tuple[list[Result], float]:
        """The output for each input, and the seconds of all."""
        if self._warm:
            network(inputs[0])
        begun = time.perf_counter()
        outputs = [network(each) for each in inputs]
        return outputs, time.perf_counter() - begun

    def _load(self, precision: Precision) -> Clamp3:
        files, device = self._files, str(self._device)
        return Clamp3.load(files.converted, files.converted / MERT_FILE, files.tokenizer, device, precision)

    def _conversion(self) -> Iterator[Row]:
        """Every converted tensor against its original, bit by bit."""
        originals = published.tensors(self._files.checkpoint) | published.tensors(self._files.mert)
        names = 0
        for path in sorted(self._files.converted.glob("*.safetensors")):
            with safe_open(path, framework="pt") as file:
                if (file.metadata() or {}).get(SOURCE_KEY) not in self._files.sha256s:
                    yield Row("conversion", Verdict.DIFFERS, note=f"{path.name} was made from another file")
                    return
                for name in file.keys():  # noqa: SIM118
                    names += 1
                    if name not in originals or not torch.equal(file.get_tensor(name), originals[name]):
                        yield Row("conversion", Verdict.DIFFERS, note=f"{path.name}: {name} is not the original's")
                        return
        yield Row("conversion", Verdict.OK, note=f"{names} tensors, bit by bit")

    def _tokenizer(self) -> Iterator[Row]:
        encode, ours = published.tokenizer(self._files.tokenizer), XlmrTokenizer(self._files.tokenizer)
        expected, theirs = self._timed(encode, self._texts)
        found, own = self._timed(ours.encode, self._texts)
        self._ids = [torch.tensor(ids) for ids in expected]
        wrong = [text for text, ids, others in zip(self._texts, expected, found, strict=True) if ids != others]
        note = f"other ids for {wrong[0]!r}" if wrong else f"{len(self._texts)} texts"
        verdict = Verdict.DIFFERS if wrong else Verdict.OK
        yield Row("tokenizer", verdict, limit="equal ids", published_seconds=theirs, our_seconds=own, note=note)
        yield self._published_ids(ours)

    def _published_ids(self, ours: XlmrTokenizer) -> Row:
        part, limit = "tokenizer, published ids", "equal ids"
        if ours.size != VOCABULARY:
            return Row(part, Verdict.NOT_COMPARED, note=f"{ours.size} pieces: not the vocabulary of XLM-R")
        wrong = [text for text, ids in PUBLISHED_IDS.items() if ours.encode(text) != ids]
        if wrong:
            return Row(part, Verdict.DIFFERS, limit=limit, note=f"other ids for {wrong[0]!r}: not XLM-R's tokenizer")
        return Row(part, Verdict.OK, limit=limit, note=f"{len(PUBLISHED_IDS)} texts of its makers")

    def _sane(self) -> Iterator[Row]:
        """Whether vectors are finite, and those of different texts differ."""
        texts = self._ours.embed_text(self._texts)
        vectors = torch.cat([texts, *(self._ours.embed_audio(clip, SAMPLE_RATE)[None] for clip in self._clips)])
        if not vectors.isfinite().all():
            yield Row("vectors", Verdict.DIFFERS, note="not all are finite")
        elif torch.equal(texts[0], texts[-1]):
            yield Row("vectors", Verdict.DIFFERS, note="different texts have the same vector")
        else:
            yield Row("vectors", Verdict.OK, note="finite, and different for different texts")

    def _text_tower(self) -> Iterator[Row]:
        tower = published.text_tower(self._files.checkpoint, self._device)
        generator = torch.Generator().manual_seed(0)
        inside = [torch.randint(4, self._vocabulary, (length,), generator=generator) for length in self._lengths]
        inputs = [*self._ids, *inside]
        expected, theirs = self._timed(tower, inputs)
        self._text_vectors = expected[: len(self._ids)]
        del tower
        gc.collect()
        found, own = self._timed(lambda ids: self._ours.embed_ids(ids, normalize=False), inputs)
        yield _row("text tower", compare_vectors(expected, found), theirs, own, "XLMRobertaModel")

    @property
    def _vocabulary(self) -> int:
        return len(published.tensors(self._files.checkpoint)["text_model.embeddings.word_embeddings.weight"])

    def _resampling(self) -> Iterator[Row]:
        name, resample = published.resampler()
        expected, theirs = self._timed(lambda clip: resample(clip.mean(dim=0), SAMPLE_RATE), self._clips)
        self._mono = expected
        found, own = self._timed(lambda clip: mono_24k(clip, SAMPLE_RATE), self._clips)
        yield _row("resampling", compare_vectors(expected, found), theirs, own, f"44.1 to 24 kHz; {name}", SAMPLES)

    def _mert(self) -> Iterator[Row]:
        network = published.mert(self._files.mert, self._device)
        expected, theirs = self._timed(network, self._mono)
        self._rows = expected
        del network
        gc.collect()
        found, own = self._timed(lambda mono: self._ours.mert_rows(mono[None], published.RATE), self._mono)
        yield _row("MERT", compare_vectors(expected, found), theirs, own, "HubertModel, Wav2Vec2FeatureExtractor")

    def _audio_tower(self) -> Iterator[Row]:
        if not self._rows:
            yield Row("audio tower", Verdict.NOT_COMPARED, note="no published rows of MERT")
            return
        tower = published.audio_tower(self._files.checkpoint, self._device)
        first = self._rows[0]
        generator = torch.Generator().manual_seed(0)
        noise = [torch.randn(length, first.shape[1], generator=generator) * first.std() for length in self._lengths]
        inputs = [*self._rows, *noise]
        expected, theirs = self._timed(tower, inputs)
        self._audio_vectors = expected[: len(self._rows)]
        del tower
        gc.collect()
        found, own = self._timed(lambda rows: self._ours.embed_rows(rows, normalize=False), inputs)
        yield _row("audio tower", compare_vectors(expected, found), theirs, own, "BertModel")

    def _symbolic_tower(self) -> Iterator[Row]:
        part = "symbolic tower"
        if not any(name.startswith("symbolic_") for name in published.tensors(self._files.checkpoint)):
            yield Row(part, Verdict.NOT_COMPARED, note="the checkpoint has none")
            return
        tower = published.symbolic_tower(self._files.checkpoint, self._device)
        generator = torch.Generator().manual_seed(0)
        more = published.SCORE_SEGMENT - published.SEGMENT  # the segments are longer
        noise = [torch.randint(1, 128, (length + more, 64), generator=generator) for length in self._lengths]
        inputs = [torch.from_numpy(patches(SCORE).copy()), *noise]
        expected, theirs = self._timed(tower, inputs)
        del tower
        gc.collect()
        found, own = self._timed(lambda each: self._ours.embed_patches(each.byte(), normalize=False), inputs)
        note = "BertModel; scores are read by no published package"
        yield _row(part, compare_vectors(expected, found), theirs, own, note)

    def _whole_text(self, ours: Clamp3) -> Iterator[Row]:
        if not self._text_vectors:
            yield Row("text, whole path", Verdict.NOT_COMPARED, ours.precision, note="no published output")
            return
        found, own = self._timed(lambda text: ours.embed_text([text], normalize=False)[0], self._texts)
        measured = compare_vectors(self._text_vectors, found)
        yield _row("text, whole path", measured, None, own, f"{len(self._texts)} texts", precision=ours.precision)

    def _whole_audio(self, ours: Clamp3) -> Iterator[Row]:
        if not self._audio_vectors:
            yield Row("audio, whole path", Verdict.NOT_COMPARED, ours.precision, note="no published output")
            return
        found, own = self._timed(lambda clip: ours.embed_audio(clip, SAMPLE_RATE, normalize=False), self._clips)
        self._our_audio = self._our_audio or found
        measured = compare_vectors(self._audio_vectors, found)
        yield _row(
            "audio, whole path",
            measured,
            None,
            own,
            "1 file" if len(found) == 1 else f"{len(found)} files",
            precision=ours.precision,
        )


def _row(
    part: str,
    measured: Measured,
    theirs: float | None,
    own: float,
    note: str,
    limit: Limit | None = None,
    precision: Precision = Precision.FLOAT32,
) -> Row:
    limit = VECTORS[precision] if limit is None else limit
    verdict = Verdict.OK if limit.holds(measured) else Verdict.DIFFERS
    cosine = measured.cosine
    return Row(part, verdict, precision, measured.difference, cosine, None, str(limit), theirs, own, note)
