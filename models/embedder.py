"""The contract of an embedder of texts, audio and, for some, scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from polymuse.errors import TooShortError
from polymuse.music import Segment

if TYPE_CHECKING:  # a text query needs no torch
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class AudioEmbedding:
    """The vectors of one waveform."""

    vector: np.ndarray  # [dim] float32, L2-normalised
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class ScoreEmbedding:
    """The vector of a score, and what its file says of it."""

    vector: np.ndarray  # [dim] float32, L2-normalised
    title: str  # one clean line, "" if the file has none
    composer: str  # the same
    format: str  # "midi", "abc" or "musicxml"
    remarks: tuple[str, ...]  # what was read leniently, or left out


@dataclass(frozen=True, slots=True)
class TextMeaning:
    """What an encoder makes of a text."""

    concepts: tuple[tuple[str, float], ...]  # slug and weight, the largest weight first; negative for unwanted ones
    sure: bool  # False if no part of the encoder is confident: the text may be about something else than music


def all_sure(meanings: "Sequence[TextMeaning | None]") -> bool | None:
    """Whether all texts were understood; None if the encoder cannot tell."""
    known = [each.sure for each in meanings if each is not None]
    return all(known) if len(known) == len(meanings) else None


def text_key(embedder: "Embedder") -> str:
    """What all cosines of texts and tracks depend on."""
    return f"{embedder.fingerprint} {embedder.text_version}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a track that is embedded; times in seconds."""

    start: float
    end: float


def too_short(seconds: float, least: int) -> TooShortError:
    """The error for audio shorter than `least` seconds; the length is rounded down, as 0.9999 s are not enough."""
    unit = "s is" if least == 1 else "s are"
    return TooShortError(
        f"The audio lasts {math.floor(seconds * 100) / 100:.2f} s, at least {least} {unit} needed", "Leave it out."
    )


class Embedder(Protocol):
    """Embeds texts, audio and, if it has suffixes for them, scores into one cosine space."""

    name: str  # names the collection: tracks__<name>
    profile: str  # name of its profile, reported in every response
    dim: int
    fingerprint: str  # sha256 over everything that changes a stored vector: weights, tables, algorithm version
    text_version: str  # changes with the vectors of texts where the fingerprint does not; "" if that covers them
    languages: tuple[str, ...]  # ISO 639-1 codes that text queries are known to work in
    score_suffixes: tuple[str, ...]  # of the scores that it reads, in lower case with the dot; () if it reads none

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] float32, L2-normalised. Raises UserError for an empty or blank text."""
        ...

    def meanings(self, texts: Sequence[str]) -> "list[TextMeaning | None]":
        """What is understood of each text; None from an encoder that has no concepts. Raises as `embed_text`."""
        ...

    def passages(self, seconds: float) -> list[Passage]:
        """The passages of a track of this length that are embedded, in order, without overlap.

        An embedder that takes whole tracks returns one passage. Cutting a track to its passages and joining
        them must not change the embedding: the passages of the joined excerpt tile it.
        """
        ...

    def embed_audio(self, waveforms: "Sequence[Tensor]", sample_rate: int) -> list[AudioEmbedding]:
        """Each waveform [C, N] float32 -> one AudioEmbedding. Raises BadAudioError when too short.

        1 is full scale, which loud music exceeds.
        """
        ...

    def embed_score(self, path: Path) -> ScoreEmbedding:
        """The vector of a score with one of `score_suffixes`, in any case. Memory and time are bounded for any file.

        Raises BadScoreError for a file that cannot be read as a score or holds no note, UnavailableError if a package
        or weights for scores are missing.
        """
        ...
