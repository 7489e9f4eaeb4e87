"""CLaMP 3 as an embedder: whole tracks, segments of 30 s for search by moment, and scores."""

import logging
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from models.clamp3.checkpoint import AUDIO_FILE, TEXT_FILE, mert_file, source_sha256, tower_file
from models.clamp3.clamp3 import Clamp3
from models.clamp3.mert import WINDOW_SECONDS
from models.clamp3.scores.patches import encode, pieces
from models.clamp3.scores.reading import SUFFIXES, read
from models.clamp3.tokenizer import FILE
from models.clamp3.tower import SYMBOLIC_SEGMENT
from models.embedder import AudioEmbedding, Passage, ScoreEmbedding, TextMeaning
from models.runtime.device import AUTO
from models.weights.fingerprint import fingerprint_of_texts
from polymuse.errors import BadScoreError
from polymuse.music import Segment
from polymuse.paths import printable

logger = logging.getLogger(__name__)

ALGORITHM = "1"  # incremented with every change of the vectors that is not in the weights
SEGMENT_ROWS = 6  # 30 s
SEGMENT_HOP = 3  # 15 s
MAX_PATCHES = 16 * SYMBOLIC_SEGMENT  # of a score, 8,192: 1.6 TFLOP, up to a minute on two cores

# fmt: off
LANGUAGES: tuple[str, ...] = (  # of the training texts
    "en", "es", "fr", "de", "pt", "ja", "it", "zh", "ko", "ru", "vi", "nl", "pl", "tr", "ar", "id", "fa", "he", "cs",
    "th", "hi", "lo", "bn", "km", "ur", "my", "ms",
)
# fmt: on


class Clamp3Embedder:
    """Text and audio networks load at first use. Texts in any of the 100 languages of XLM-R can be embedded."""

    name = "clamp3"
    profile = "clamp3"
    languages: tuple[str, ...] = LANGUAGES
    score_suffixes: tuple[str, ...] = SUFFIXES
    text_version = ""

    def __init__(self, network: Clamp3, fingerprint: str, *, fell_back: bool = False) -> None:
        self._network = network
        self._fell_back = fell_back  # to the CPU: logged once, before the first audio
        self.dim = network.dim
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, checkpoint: Path, mert: Path, tokenizer: Path, device: str = "cpu", precision: str = AUTO) -> Self:
        """As `Clamp3.load`, but by default in half precision if the device is fast in it."""
        network = Clamp3.load(checkpoint, mert, tokenizer, device, precision)
        fell_back = device == AUTO and network.device.type == "cpu"
        return cls(network, fingerprint(checkpoint, mert, tokenizer, network.precision.family), fell_back=fell_back)

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32 of norm 1. Raises UserError for a text that is blank."""
        return self._network.embed_text(texts).numpy()

    def meanings(self, texts: Sequence[str]) -> list[TextMeaning | None]:
        """None for each text: the vectors have no concepts."""
        return [None] * len(texts)

    def passages(self, seconds: float) -> list[Passage]:
        """The whole track."""
        return [Passage(0.0, seconds)]

    def embed_audio(self, waveforms: Sequence[Tensor], sample_rate: int) -> list[AudioEmbedding]:
        """Each waveform [C, N] float32 -> one AudioEmbedding with a segment of 30 s every 15 s, also for silence.

        A remainder of less than a second is ignored. Raises BadAudioError under 1 s or with samples that are not
        finite.
        """
        if not waveforms:
            return []
        if self._fell_back:
            logger.warning("no GPU was found: CLaMP 3 runs on the CPU, in %s", self._network.precision)
            self._fell_back = False
        tracks = self._network.mert_rows_of(waveforms, sample_rate)
        segments = [self.segment_rows(len(rows)) for rows in tracks]
        cuts = [rows[first:last] for rows, parts in zip(tracks, segments, strict=True) for first, last in parts]
        vectors = self._network.embed_rows_of([*tracks, *cuts]).numpy()
        ends = accumulate((len(parts) for parts in segments), initial=len(tracks))
        return [
            AudioEmbedding(
                vectors[index],
                tuple(
                    Segment(first * WINDOW_SECONDS, min(last * WINDOW_SECONDS, seconds), vector)
                    for (first, last), vector in zip(parts, vectors[start:stop], strict=True)
                ),
            )
            for index, (parts, seconds, (start, stop)) in enumerate(
                zip(segments, (w.shape[-1] / sample_rate for w in waveforms), pairwise(ends), strict=True)
            )
        ]

    def segment_rows(self, rows: int) -> list[tuple[int, int]]:
        """[first, last) rows of the segments of a track, see `segment_rows`."""
        return segment_rows(rows)

    def embed_score(self, path: Path) -> ScoreEmbedding:
        """The vector of a score; of a very long one, that of its first 8,190 patches, as a remark says.

        Raises BadScoreError, and UnavailableError if the symbolic tower or a package is missing.
        """
        reading = read(path)
        if not reading.has_notes:
            raise BadScoreError(f"{printable(path)}: there is no note in this score", "Give one with notes.")
        parts, remarks = pieces(reading.text), reading.remarks
        most = MAX_PATCHES - 2  # all but the first and the last patch
        if len(parts) > most:
            remarks += (f"the score is very long: only the first {most / len(parts):.0%} of it count",)
        vector = self._network.embed_patches(torch.from_numpy(encode(parts[:most]).copy()))
        return ScoreEmbedding(vector.numpy(), reading.title, reading.composer, reading.format, remarks)


def fingerprint(checkpoint: Path, mert: Path, tokenizer: Path, family: str) -> str:
    """The fingerprint of the vectors of these files, converted or not, in a family of precisions. Raises as `load`."""
    towers = (source_sha256(tower_file(checkpoint, name)) for name in (TEXT_FILE, AUDIO_FILE))
    vocabulary = source_sha256(tokenizer / FILE if tokenizer.is_dir() else tokenizer)
    sources = *dict.fromkeys(towers), source_sha256(mert_file(mert)), vocabulary
    return fingerprint_of_texts("clamp3", ALGORITHM, family, *sources)


def segment_rows(rows: int) -> list[tuple[int, int]]:
    """[first, last) rows of the segments of a track: 6 rows with hop 3; the last segment is aligned to the end."""
    if rows <= SEGMENT_ROWS:
        return [(0, rows)]
    starts = [*range(0, rows - SEGMENT_ROWS, SEGMENT_HOP), rows - SEGMENT_ROWS]
    return [(start, start + SEGMENT_ROWS) for start in starts]
