"""What people can ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from catalog.filters import Filter
from catalog.track import MIX, Track


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Seed:
    """A track of the catalog used as a query."""

    track_id: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Audio:
    """Audio from outside the catalog used as a query: its vectors by stem ("mix" at least)."""

    vectors: Mapping[str, np.ndarray]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """Texts, tracks and audio to be near to or away from, per stem, within a filter."""

    texts: tuple[Text, ...] = ()
    not_texts: tuple[Text, ...] = ()
    tracks: tuple[Seed, ...] = ()
    not_tracks: tuple[Seed, ...] = ()
    audio: tuple[Audio, ...] = ()
    not_audio: tuple[Audio, ...] = ()
    stems: Mapping[str, float] = field(default_factory=lambda: {MIX: 1.0})
    where: Filter = field(default_factory=Filter)
    limit: int = 20
    offset: int = 0
    min_score: float | None = None
    diversity: float = 0.0  # 0: by score alone; 1: by difference from the hits above alone (MMR)


@dataclass(frozen=True, slots=True)
class Hit:
    track: Track
    score: float
    stem: str  # the stem that contributed most to the score
    stem_scores: Mapping[str, float]
