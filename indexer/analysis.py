"""One track's way from a file to vectors and tags: decode, separate, embed, tag."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from indexer.decoding import decode_music
from indexer.jobs import Analysis
from models.audio.decode import Decoded, decode
from models.audio.formats import AudioFormat
from models.audio.write import write_audio
from models.embedder import AudioEmbedding, Embedder, Passage
from models.passages import SAMPLE_RATE, in_track, is_audible, join_passages, level_db, separate_passages
from models.separator import Separator
from models.tagging.tagger import Tagger
from polymuse.errors import BadAudioError
from polymuse.music import MIX, Segment, StemInfo
from polymuse.paths import printable

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class StemFile:
    """A stem that was written."""

    path: Path
    clipped: int  # samples beyond full scale, which the format does not keep


@dataclass(slots=True)
class TrackUnderWay:
    """One track on its way through the networks; each stage adds what it found."""

    decoded: Decoded
    mix: Tensor  # [2, N] float32 at SAMPLE_RATE, on any device
    save_stems: Path | None = None
    excerpts: Mapping[str, Tensor] = field(default_factory=dict)  # "mix" and stems: [2, M]
    embeddings: Mapping[str, AudioEmbedding] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)  # stage -> seconds of work


class Analyzer:
    """Runs the networks over files. Not thread-safe, but each of its stages may have a thread of its own.

    `separator` is None, and `stems` empty, where only the mix is embedded.
    """

    def __init__(
        self,
        embedder: Embedder,
        tagger: Tagger,
        separator: Separator | None = None,
        stems: Sequence[str] = (),
        max_seconds: float = 3600.0,
    ) -> None:
        self.embedder = embedder
        self.tagger = tagger
        self.separator = separator
        self.stems = tuple(stems)
        self.max_seconds = max_seconds

    def analyze(self, path: Path, save_stems: Path | None = None) -> Analysis:
        """Decode, separate, embed and tag one file; with `save_stems` also write its whole stems below that directory.

        Raises BadAudioError where the file has no usable audio.
        """
        started = time.perf_counter()
        decoded = self.decode(path)
        track = TrackUnderWay(decoded, torch.from_numpy(decoded.samples), save_stems)
        track.busy["decode"] = time.perf_counter() - started
        with naming(path):
            [track] = self.embed_tracks([*self.separate([track])])
        return self.tag(track)

    def decode(self, path: Path) -> Decoded:
        """The file at SAMPLE_RATE. Raises BadAudioError, also for nothing but silence."""
        return decode_music(path, self.max_seconds)

    def separate(self, tracks: Sequence[TrackUnderWay]) -> Iterator[TrackUnderWay]:
        """The tracks with the excerpts that the embedder listens to. The chunks of several tracks share batches."""
        started = time.perf_counter()
        for track, found in zip(tracks, self._excerpts(tracks), strict=True):
            track.excerpts = found
            track.busy["separate"] = time.perf_counter() - started
            yield track
            started = time.perf_counter()

    def embed_tracks(self, tracks: Sequence[TrackUnderWay]) -> Iterator[TrackUnderWay]:
        """The tracks with their embeddings. The windows of all stems of all tracks share batches.

        Raises BadAudioError if one of them is too short.
        """
        started = time.perf_counter()
        waveforms = {(n, name): waveform for n, track in enumerate(tracks) for name, waveform in track.excerpts.items()}
        embeddings = self.embed(waveforms)
        seconds = (time.perf_counter() - started) / len(tracks)
        for n, track in enumerate(tracks):
            track.embeddings = {name: embeddings[n, name] for name in track.excerpts}
            track.busy["embed"] = seconds
            yield track

    def embed(self, waveforms: Mapping[Key, Tensor]) -> dict[Key, AudioEmbedding]:
        """{key: [2, N] at SAMPLE_RATE} -> {key: embedding}. Raises BadAudioError."""
        embeddings = self.embedder.embed_audio(list(waveforms.values()), SAMPLE_RATE)
        return dict(zip(waveforms, embeddings, strict=True))

    def tag(self, track: TrackUnderWay) -> Analysis:
        """All that follows from a track's excerpts and embeddings."""
        started = time.perf_counter()
        analysis = self.describe(track.decoded, track.excerpts, track.embeddings)
        return replace(analysis, busy=track.busy | {"tag": time.perf_counter() - started})

    def describe(
        self, decoded: Decoded, excerpts: Mapping[str, Tensor], embeddings: Mapping[str, AudioEmbedding]
    ) -> Analysis:
        """What follows from the excerpts {"mix" and stems: [2, N]} of a file and their embeddings."""
        vectors = {name: embedding.vector for name, embedding in embeddings.items()}
        levels = {name: level_db(excerpt) for name, excerpt in excerpts.items()}
        stems = {name: stem_info(level, levels[MIX]) for name, level in levels.items() if name != MIX}
        vectors = {name: vector for name, vector in vectors.items() if name == MIX or stems[name].present}
        return Analysis(
            seconds=decoded.seconds,
            codec=decoded.codec,
            vectors=vectors,
            stems=stems,
            tags=self.tagger.tag(vectors, levels).tags,
            remarks=_remarks(decoded),
            segments=_segments(embeddings[MIX], self.embedder.passages(decoded.seconds)),
        )

    def _excerpts(self, tracks: Sequence[TrackUnderWay]) -> Iterator[dict[str, Tensor]]:
        if self.separator is None:
            yield from (self._cut(track, {}) for track in tracks)
            return
        for whole, group in groupby(tracks, key=lambda track: track.save_stems is not None):
            if whole:
                yield from (self._save(track, self.separator) for track in group)
                continue
            heard = [(track, self._passages(track)) for track in group]
            found = separate_passages(self.separator, [(track.mix, passages) for track, passages in heard])
            for (track, passages), stems in zip(heard, found, strict=True):
                yield {MIX: join_passages(track.mix, passages)} | {name: stems[name] for name in self.stems}

    def _save(self, track: TrackUnderWay, separator: Separator) -> dict[str, Tensor]:
        """Write the stems of a whole track, and cut the excerpts from them."""
        stems = separator.separate(track.mix)
        if track.save_stems is not None:
            write_stems(stems, track.save_stems, SAMPLE_RATE)
        return self._cut(track, stems)

    def _cut(self, track: TrackUnderWay, stems: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The excerpts of a mix and of its whole stems."""
        whole = {MIX: track.mix} | {name: stems[name] for name in self.stems}
        return {name: join_passages(waveform, self._passages(track)) for name, waveform in whole.items()}

    def _passages(self, track: TrackUnderWay) -> list[Passage]:
        return self.embedder.passages(track.decoded.seconds)


def separate_file(
    separator: Separator,
    path: Path,
    directory: Path,
    max_seconds: float,
    audio_format: AudioFormat,
    names: Sequence[str],
) -> dict[str, StemFile]:
    """Separate a whole file and write the stems with these names below `directory`. Raises BadAudioError."""
    decoded = decode(path, sample_rate=separator.sample_rate, max_seconds=max_seconds)
    stems = separator.separate(torch.from_numpy(decoded.samples))
    return write_stems({name: stems[name] for name in names}, directory, separator.sample_rate, audio_format)


def write_stems(
    stems: Mapping[str, Tensor], directory: Path, sample_rate: int, audio_format: AudioFormat = AudioFormat.WAV
) -> dict[str, StemFile]:
    """Write {stem: [2, N]} unscaled as `<directory>/stems/<stem>`, with the suffix of the format."""
    folder = directory / "stems"
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, stem in stems.items():
        target = folder / f"{name}{audio_format.suffix}"
        written[name] = StemFile(target, write_audio(target, stem.cpu().numpy(), sample_rate, audio_format))
    return written


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Says which file it is in a BadAudioError about a waveform."""
    try:
        yield
    except BadAudioError as error:
        raise BadAudioError(f"{printable(path)}: {error.message}", error.advice) from error


def stem_info(level: float, mix_level: float) -> StemInfo:
    """Whether a stem of this level in dB can be heard in a mix of that level."""
    return StemInfo(round(level, 1), present=is_audible(level, mix_level))


def _remarks(decoded: Decoded) -> tuple[str, ...]:
    remarks = []
    if decoded.damaged:
        remarks.append(f"{decoded.damaged} damaged packets skipped")
    if decoded.capped:
        remarks.append(f"heard up to minute {decoded.seconds / 60:.0f}")
    return tuple(remarks)


def _segments(embedding: AudioEmbedding, passages: Sequence[Passage]) -> tuple[Segment, ...]:
    """The segments of an excerpt, with the times they have in the track."""
    return tuple(
        Segment(in_track(part.start, passages), in_track(part.end, passages, is_end=True), part.vector)
        for part in embedding.segments
    )
