"""The starter embedder: musicnn tags and embeddings for audio, concepts with translated names for text.

Small enough for any machine. Its vocabulary is `data/concepts.json`.
"""

import math
import threading
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.embedder import AudioEmbedding, Passage, ScoreEmbedding, TextMeaning, too_short
from models.starter.concept_query import ConceptQuery, encoder_version
from models.starter.concepts import CONCEPTS_FILE, load_concepts
from models.starter.learnt import load_vocabulary
from models.starter.space import STATISTICS_FILE, StarterSpace, TrackFeatures, load_statistics, mean_features
from models.starter.text_version import text_version
from models.weights.fingerprint import fingerprint_of
from polymuse.errors import BadScoreError, UnavailableError
from polymuse.music import Segment
from polymuse.paths import printable

if TYPE_CHECKING:  # text needs no torch
    from torch import Tensor

    from models.starter.musicnn_features import MusicnnFeatures

ALGORITHM = "2"  # incremented with every change of the vectors that is not in the weights or the tables

WINDOWS = 3
WINDOW_SECONDS = 9  # three patches of the networks; short enough for one block of the separator
EXCERPT_SECONDS = WINDOWS * WINDOW_SECONDS  # 27
MIN_SECONDS = 1


class StarterEmbedder:
    """Text and audio networks load at first use: text needs no torch, audio no sentence encoder."""

    name = "starter"
    profile = "starter"
    score_suffixes: tuple[str, ...] = ()

    def __init__(self, mtt: Path, msd: Path, cache: Path | None) -> None:
        table = load_concepts()
        self._weights = (mtt, msd)
        vocabulary = load_vocabulary()
        self._space = StarterSpace(table, load_statistics(), vocabulary)
        self._query = ConceptQuery(vocabulary, cache)
        self._extractor: MusicnnFeatures | None = None
        self._lock = threading.Lock()
        self.dim = self._space.dim
        self.languages = table.languages
        self.fingerprint = fingerprint(mtt, msd)
        self.text_version = text_version()

    @classmethod
    def load(cls, mtt: Path, msd: Path, cache: Path | None = None) -> "StarterEmbedder":
        """Loads the converted weights of both musicnn models. `cache`: directory for vectors of the vocabulary.

        Raises UnavailableError if the weights are missing.
        """
        return cls(mtt, msd, cache)

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32 of norm 1. Raises UserError for a text that is blank, too long or contradicts itself."""
        vectors = [self._space.text_vector(self._query.weights(text)) for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def meanings(self, texts: Sequence[str]) -> "list[TextMeaning | None]":
        """The concepts of each text with their weights. Raises as `embed_text`."""
        return [self._query.meaning(text) for text in texts]

    def passages(self, seconds: float) -> list[Passage]:
        """The passages that are embedded, see `choose_passages`."""
        return choose_passages(seconds)

    def embed_audio(self, waveforms: Sequence["Tensor"], sample_rate: int) -> list[AudioEmbedding]:
        """Each waveform [C, N] float32 -> one AudioEmbedding with a segment per passage. Silence has a vector too.

        The last 3 s of a track shorter than 27 s may be cut off to a whole number of patches; one shorter than 3 s
        is repeated. Raises BadAudioError under 1 s or with samples that are not finite.
        """
        if not waveforms:
            return []
        passages_of = [self._checked_passages(waveform, sample_rate) for waveform in waveforms]
        cuts = [
            waveform[:, round(passage.start * sample_rate) : round(passage.end * sample_rate)]
            for waveform, passages in zip(waveforms, passages_of, strict=True)
            for passage in passages
        ]
        features = self._load_extractor().extract(cuts, sample_rate)
        ends = accumulate((len(passages) for passages in passages_of), initial=0)
        return [
            self._embedding(passages, features[first:last])
            for passages, (first, last) in zip(passages_of, pairwise(ends), strict=True)
        ]

    def embed_score(self, path: Path) -> ScoreEmbedding:
        """Raises BadScoreError: these networks know audio only."""
        raise BadScoreError(
            f"{printable(path)}: the profile starter reads no scores", "Use the profile clamp3, see docs/scores.md"
        )

    def _checked_passages(self, waveform: "Tensor", sample_rate: int) -> list[Passage]:
        seconds = waveform.shape[-1] / sample_rate
        if seconds < MIN_SECONDS:
            raise too_short(seconds, MIN_SECONDS)
        return self.passages(seconds)

    def _embedding(self, passages: Sequence[Passage], features: Sequence[TrackFeatures]) -> AudioEmbedding:
        segments = (
            Segment(passage.start, passage.end, self._space.audio_vector(part))
            for passage, part in zip(passages, features, strict=True)
        )
        return AudioEmbedding(self._space.audio_vector(mean_features(features)), tuple(segments))

    def _load_extractor(self) -> "MusicnnFeatures":
        with self._lock:
            if self._extractor is None:
                from models.starter.musicnn_features import MusicnnFeatures

                self._extractor = MusicnnFeatures(*self._weights)
            return self._extractor


def choose_passages(seconds: float) -> list[Passage]:
    """Three windows of 9 s, evenly spaced; the whole track if it is shorter than 27 s.

    Windows start at whole seconds, so at whole samples at any rate.
    """
    if seconds < EXCERPT_SECONDS:
        return [Passage(0.0, seconds)]
    gap = (seconds - EXCERPT_SECONDS) / (WINDOWS + 1)  # before, between and after the windows
    starts = [float(math.floor(gap * (n + 1)) + n * WINDOW_SECONDS) for n in range(WINDOWS)]
    return [Passage(start, start + WINDOW_SECONDS) for start in starts]


def fingerprint(mtt: Path, msd: Path) -> str:
    """The fingerprint of the vectors: of these weights, the tables and the encoder.

    Raises UnavailableError for a file that cannot be read.
    """
    try:
        return fingerprint_of(f"starter {ALGORITHM} {encoder_version()}", mtt, msd, CONCEPTS_FILE, STATISTICS_FILE)
    except OSError as error:
        raise UnavailableError(
            f"Cannot read {error.filename}: {error.strerror}", "Run `polymuse models pull starter`"
        ) from error
