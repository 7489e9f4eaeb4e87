"""One track's way from a file to vectors and tags: decode, separate, embed, tag."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from catalog.track import MIX, StemInfo, Tag
from indexer.records import Analysis
from models.audio import Decoded, decode
from models.audio_files import write_audio
from models.audio_format import AudioFormat
from models.embedder import AudioEmbedding, Embedder
from models.passages import SAMPLE_RATE, is_audible, join_passages, level_db, separate_passage
from models.separator import Separator
from models.tagging import Tagger
from polymuse.errors import BadAudioError
from polymuse.paths import printable


@dataclass(frozen=True, slots=True)
class StemFile:
    """A stem that was written."""

    path: Path
    clipped: int  # samples beyond full scale, which the format does not keep


class Analyzer:
    """Runs the networks over files. Not thread-safe; give each process its own.

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
        decoded = self.decode(path)
        with naming(path):
            excerpts = self._excerpts(torch.from_numpy(decoded.samples), save_stems)
            embeddings = self.embed(excerpts)
        return self.describe(decoded, excerpts, embeddings)

    def decode(self, path: Path) -> Decoded:
        """The file at SAMPLE_RATE. Raises BadAudioError, also for nothing but silence."""
        decoded = decode(path, sample_rate=SAMPLE_RATE, max_seconds=self.max_seconds)
        if not decoded.samples.any():
            raise BadAudioError(f"{printable(path)}: nothing but silence", "Check the file in a player")
        return decoded

    def embed(self, waveforms: Mapping[str, Tensor]) -> dict[str, AudioEmbedding]:
        """{name: [2, N] at SAMPLE_RATE} -> {name: embedding}. Raises BadAudioError."""
        embeddings = self.embedder.embed_audio(list(waveforms.values()), SAMPLE_RATE)
        return dict(zip(waveforms, embeddings, strict=True))

    def describe(
        self, decoded: Decoded, excerpts: Mapping[str, Tensor], embeddings: Mapping[str, AudioEmbedding]
    ) -> Analysis:
        """What follows from the excerpts {"mix" and stems: [2, N]} of a file and their embeddings."""
        vectors = {name: embedding.vector for name, embedding in embeddings.items()}
        levels = {name: level_db(excerpt) for name, excerpt in excerpts.items()}
        stems = {name: stem_info(level, levels[MIX]) for name, level in levels.items() if name != MIX}
        vectors = {name: vector for name, vector in vectors.items() if name == MIX or stems[name].present}
        tags = self.tagger.tag(vectors, levels).tags
        return Analysis(
            seconds=decoded.seconds,
            codec=decoded.codec,
            vectors=vectors,
            stems=stems,
            tags=tuple(Tag(tag.slug, tag.category, tag.confidence) for tag in tags),
            remarks=_remarks(decoded),
        )

    def _excerpts(self, mix: Tensor, save_stems: Path | None) -> dict[str, Tensor]:
        """The passages that the embedder listens to, joined, of the mix and of each stem."""
        passages = self.embedder.passages(mix.shape[1] / SAMPLE_RATE)
        excerpts = {MIX: join_passages(mix, passages)}
        if self.separator is None:
            return excerpts
        if save_stems is not None:
            whole = self.separator.separate(mix)
            write_stems(whole, save_stems, SAMPLE_RATE)
            return excerpts | {name: join_passages(whole[name], passages) for name in self.stems}
        parts = [separate_passage(self.separator, mix, passage) for passage in passages]
        return excerpts | {name: torch.cat([part[name] for part in parts], dim=1) for name in self.stems}


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
        written[name] = StemFile(target, write_audio(target, stem.numpy(), sample_rate, audio_format))
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
