"""From a file to vectors, tags and measurements: decode, choose passages, separate, embed, measure, tag."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from models.analysis import Analysis
from models.audio.decode import Decoded, decode_music
from models.audio.write import write_stems
from models.embedder import AudioEmbedding, Embedder, Passage
from models.measuring import measure
from models.passages import SAMPLE_RATE, join_passages, level_db, separate_passages, stem_info, track_time
from models.profiles import PROFILES, load_embedder, load_separator
from models.recipe import Recipe
from models.separator import Separator
from models.tagging.tagger import Tagger
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UserError
from polymuse.music import MIX, Measurements, Segment
from polymuse.paths import printable

Key = TypeVar("Key")


@dataclass(slots=True)
class TrackUnderWay:
    """The state of one track in the pipeline; each stage adds its results."""

    decoded: Decoded
    mix: Tensor  # [2, N] float32 at SAMPLE_RATE, on any device
    save_stems: Path | None = None
    excerpts: Mapping[str, Tensor] = field(default_factory=dict)  # "mix" or stem -> its passages, joined [2, M]
    embeddings: Mapping[str, AudioEmbedding] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)  # stage -> seconds spent
    measured: Measurements | None = None
    problem: str = ""  # why its stems were not saved


class Analyzer:
    """Runs the networks on files. Not thread-safe, but each stage may run in a separate thread.

    Without a separator (and with empty `stems`) only the mix is embedded; without a tagger there are no tags.
    """

    def __init__(
        self,
        embedder: Embedder,
        tagger: Tagger | None,
        separator: Separator | None = None,
        stems: Sequence[str] = (),
        max_seconds: float = 3600.0,
        decode: Callable[[Path, float], Decoded] = decode_music,
    ) -> None:
        """`decode`: decodes the first seconds of a file as `decode_music` does, perhaps in another process."""
        self.embedder = embedder
        self.tagger = tagger
        self.separator = separator
        self.stems = tuple(stems)
        self.max_seconds = max_seconds
        self._decode = decode

    def analyze(self, path: Path, save_stems: Path | None = None, *, measures: bool = True) -> Analysis:
        """Decode, separate, embed, measure and tag one file.

        With `save_stems` also write the full stems to that directory. `measures`: False leaves measuring out.
        Raises BadAudioError if the file has no usable audio.
        """
        track = self.decode(path, save_stems)
        with naming(path):
            [track] = self.embed_tracks([*self.separate([track])])
        if measures:
            self.measure(track)
        return self.tag(track)

    def decode(self, path: Path, save_stems: Path | None = None) -> TrackUnderWay:
        """Decode the first `max_seconds` of a file. Raises BadAudioError, also for digital silence."""
        started = time.perf_counter()
        decoded = self._decode(path, self.max_seconds)
        busy = {"decode": time.perf_counter() - started}
        return TrackUnderWay(decoded, torch.from_numpy(decoded.samples), save_stems, busy=busy)

    def separate(self, tracks: Sequence[TrackUnderWay]) -> Iterator[TrackUnderWay]:
        """Fill in the excerpts to embed. Chunks of several tracks share batches."""
        started = time.perf_counter()
        for track, found in zip(tracks, self._excerpts(tracks), strict=True):
            track.excerpts = found
            track.busy["separate"] = time.perf_counter() - started
            yield track
            started = time.perf_counter()

    def embed_tracks(self, tracks: Sequence[TrackUnderWay]) -> Iterator[TrackUnderWay]:
        """Fill in the embeddings. The windows of all stems of all tracks share batches.

        Raises BadAudioError if one of them is too short.
        """
        started = time.perf_counter()
        waveforms = {(n, name): waveform for n, track in enumerate(tracks) for name, waveform in track.excerpts.items()}
        means = {(n, MIX): mean for n, track in enumerate(tracks) if (mean := self._mean(track)) is not None}
        embeddings = self.embed({key: each for key, each in waveforms.items() if key not in means})
        for key, (waveform, rate) in means.items():
            [embeddings[key]] = self.embedder.embed_audio([waveform], rate)
        seconds = (time.perf_counter() - started) / len(tracks)
        for n, track in enumerate(tracks):
            track.embeddings = {name: embeddings[n, name] for name in track.excerpts}
            track.busy["embed"] = seconds
            yield track

    def measure(self, track: TrackUnderWay) -> None:
        """Fill in tempo, key, loudness and energy of the whole mix, with the help of stems; on the CPU."""
        if track.measured is not None:
            return
        started = time.perf_counter()
        stems = {name: excerpt.float().cpu().numpy() for name, excerpt in track.excerpts.items() if name != MIX}
        track.measured = measure(track.decoded.samples, track.decoded.sample_rate, stems)
        track.busy["measure"] = time.perf_counter() - started

    def tag(self, track: TrackUnderWay) -> Analysis:
        """Tag a track and assemble its Analysis from excerpts and embeddings."""
        started = time.perf_counter()
        decoded = track.decoded
        levels = {name: level_db(excerpt) for name, excerpt in track.excerpts.items()}
        stems = {name: stem_info(level, levels[MIX]) for name, level in levels.items() if name != MIX}
        vectors = {
            name: embedding.vector for name, embedding in track.embeddings.items() if name == MIX or stems[name].present
        }
        return Analysis(
            seconds=decoded.seconds,
            codec=decoded.codec,
            vectors=vectors,
            stems=stems,
            tags=() if self.tagger is None else self.tagger.tag(vectors, levels).tags,
            remarks=(*_remarks(decoded), *([track.problem] if track.problem else [])),
            segments=_segments(track.embeddings[MIX], self.passages(track)),
            capped=decoded.capped,
            busy=track.busy | {"tag": time.perf_counter() - started},
            measured=track.measured,
        )

    def embed(self, waveforms: Mapping[Key, Tensor]) -> dict[Key, AudioEmbedding]:
        """{key: [2, N] at SAMPLE_RATE} -> {key: embedding}. Raises BadAudioError."""
        embeddings = self.embedder.embed_audio(list(waveforms.values()), SAMPLE_RATE)
        return dict(zip(waveforms, embeddings, strict=True))

    def _mean(self, track: TrackUnderWay) -> tuple[Tensor, int] | None:
        """What is embedded for the mix instead of its excerpt: [1, M], and its rate in Hz."""
        mean = track.decoded.mean
        if mean is None:
            return None
        return join_passages(torch.from_numpy(mean.samples), self.passages(track), mean.sample_rate), mean.sample_rate

    def passages(self, track: TrackUnderWay) -> list[Passage]:
        """The passages of a track that are embedded."""
        return self.embedder.passages(track.decoded.seconds)

    def excerpts(self, track: TrackUnderWay, stems: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """{name: [2, M]}: the excerpts of the mix and of `self.stems`, cut from full stems {stem: [2, N]}."""
        whole = {MIX: track.mix} | {name: stems[name] for name in self.stems}
        return {name: join_passages(waveform, self.passages(track)) for name, waveform in whole.items()}

    def _excerpts(self, tracks: Sequence[TrackUnderWay]) -> Iterator[dict[str, Tensor]]:
        if self.separator is None:
            yield from (self.excerpts(track, {}) for track in tracks)
            return
        for whole, group in groupby(tracks, key=lambda track: track.save_stems is not None):
            if whole:
                yield from (self._save(track, self.separator) for track in group)
            else:
                yield from self._separate_passages([*group], self.separator)

    def _separate_passages(self, tracks: Sequence[TrackUnderWay], separator: Separator) -> Iterator[dict[str, Tensor]]:
        passages = [self.passages(track) for track in tracks]
        separated = separate_passages(separator, [track.mix for track in tracks], passages)
        for track, track_passages, stems in zip(tracks, passages, separated, strict=True):
            yield {MIX: join_passages(track.mix, track_passages)} | {name: stems[name] for name in self.stems}

    def _save(self, track: TrackUnderWay, separator: Separator) -> dict[str, Tensor]:
        """Separate and write a full track, then cut the excerpts from its stems."""
        stems = separator.separate(track.mix)
        if track.save_stems is not None:
            try:
                write_stems(stems, track.save_stems, SAMPLE_RATE)
            except (OSError, UserError) as error:  # the track itself is fine
                reason = error.message if isinstance(error, UserError) else error.strerror or str(error)
                track.problem = f"its stems were not saved: {reason}"
        return self.excerpts(track, stems)


def build_analyzer(recipe: Recipe, embedder: Embedder | None = None) -> Analyzer:
    """Load the networks of a recipe, but for an embedder that is loaded already.

    Raises UnavailableError if weights are missing or damaged.
    """
    weights = WeightStore(recipe.home.models)
    embedder = embedder or load_embedder(recipe.profile, weights, recipe.embedder_device, recipe.excerpts)
    separator = load_separator(recipe.profile, weights, recipe.separation) if recipe.stems else None
    tagger = PROFILES[recipe.profile].tagger(embedder, recipe.tagging_files).with_own(recipe.own)
    return Analyzer(embedder, tagger, separator, recipe.stems, recipe.max_seconds)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Adds the file name to a BadAudioError about a waveform."""
    try:
        yield
    except BadAudioError as error:
        raise type(error)(f"{printable(path)}: {error.message}", error.advice) from error


def _remarks(decoded: Decoded) -> tuple[str, ...]:
    remarks = []
    if decoded.damaged:
        remarks.append(f"{decoded.damaged} damaged packets skipped")
    if decoded.capped:
        minutes = round(decoded.seconds / 60, 1)
        length = f"{minutes:g} min" if minutes >= 1 else f"{decoded.seconds:g} s"
        remarks.append(f"only the first {length} were analysed")
    return tuple(remarks)


def _segments(embedding: AudioEmbedding, passages: Sequence[Passage]) -> tuple[Segment, ...]:
    """The segments of an excerpt, with their times in the track."""
    return tuple(
        Segment(track_time(part.start, passages), track_time(part.end, passages, is_end=True), part.vector)
        for part in embedding.segments
    )
