"""The contract of a text and audio embedder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from polymuse.music import Segment

if TYPE_CHECKING:  # a text query needs no torch
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class AudioEmbedding:
    """The vectors of one waveform."""

    vector: np.ndarray  # [dim] float32, L2-normalised
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a track that is embedded; times in seconds."""

    start: float
    end: float


class Embedder(Protocol):
    """Embeds text and audio into one cosine space."""

    name: str  # names the collection: tracks__<name>
    profile: str  # name of its profile, reported in every response
    dim: int
    fingerprint: str  # sha256 over everything that changes a vector: weights, tables, algorithm version
    languages: tuple[str, ...]  # ISO 639-1 codes that text queries are known to work in

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32, L2-normalised. Raises UserError for an empty or blank text."""
        ...

    def passages(self, seconds: float) -> list[Passage]:
        """The passages of a track of this length that are embedded, in order, without overlap.

        An embedder that takes whole tracks returns one passage. Cutting a track to its passages and joining
        them must not change the embedding: the passages of the joined excerpt tile it.
        """
        ...

    def embed_audio(self, waveforms: "Sequence[Tensor]", sample_rate: int) -> list[AudioEmbedding]:
        """Each waveform [C, N] float32 in [-1, 1] -> one AudioEmbedding. Raises BadAudioError when too short."""
        ...
