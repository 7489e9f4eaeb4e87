"""What people can ask for, and what they get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from catalog.filters import Filter
from catalog.search_options import Moments, Shared
from catalog.track import Track
from polymuse.music import MIX

PartKind: TypeAlias = Literal["text", "not_text", "track", "not_track", "audio", "not_audio"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Seed:
    """A track of the catalog used as a query.

    Without `stem` each stem of it is compared with the same stem of the others; with it, this one stem of it is
    compared with all stems that the query asks for: its vocals against the mixes of others, say.
    """

    track_id: str
    weight: float = 1.0
    stem: str | None = None


@dataclass(frozen=True, slots=True)
class Audio:
    """Audio from outside the catalog used as a query: its vectors by stem ("mix" at least)."""

    vectors: Mapping[str, np.ndarray]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """Texts, tracks and audio to be near to or away from, per stem, within a filter.

    `moments`: "locate" ranks as usual and adds to each hit the moment of the track that fits best; "rank" orders the
    tracks by that moment. `without_duplicates` leaves out near-duplicates of a seed or of a hit above, and
    `without_same` hits that share their artist or album with a seed.
    """

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
    moments: Moments | None = None
    without_duplicates: bool = False
    without_same: frozenset[Shared] = frozenset()
    explain: bool = False  # whether hits say how each part of the query contributed


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a track, and how near it is to the query."""

    start: float  # seconds from the start of the track
    end: float
    score: float  # cosine


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the query contributed to the score of a hit, in one stem."""

    kind: PartKind
    label: str  # the text, the title of the track; empty for audio
    stem: str  # of the hit
    weight: float  # as given
    similarity: float  # cosine of this part with that stem of the hit
    contribution: float  # the contributions of all parts sum to the score


@dataclass(frozen=True, slots=True)
class Hit:
    track: Track
    score: float
    stem: str  # the stem that contributed most to the score
    stem_scores: Mapping[str, float]
    moment: Moment | None = None  # where moments were asked for and the track has them
    parts: tuple[Part, ...] = ()  # where an explanation was asked for
