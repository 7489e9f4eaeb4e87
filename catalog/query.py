"""Queries and hits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from catalog.filters import Filter
from catalog.names.found_name import NameField
from catalog.search_options import Moments, Shared
from catalog.track import Track
from polymuse.music import MIX

PartKind: TypeAlias = Literal[
    "text", "not_text", "descriptor", "not_descriptor", "track", "not_track", "audio", "not_audio"
]


@dataclass(frozen=True, slots=True)
class Text:
    """A text used as a query."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class DescriptorTerm:
    """A descriptor of the catalog used as a query: the mean vector of its sentences."""

    slug: str
    weight: float = 1.0
    vector: np.ndarray | None = None  # [dim] float32, L2-normalised; the storage that has it fills it in


@dataclass(frozen=True, slots=True)
class Seed:
    """A track of the catalog used as a query.

    Without `stem`, each stem is compared with the same stem of other tracks. With it, this stem is compared with all
    stems of the query: for example its vocals with the mixes of others.
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
class NameTerm:
    """A name of the library, as it spells it: tracks that have it come before those that only resemble the query."""

    field: NameField
    value: str
    weight: float = 1.0
    exact: bool = True  # False: what was typed has an error, or is only a part of the name
    spellings: tuple[str, ...] = ()  # all that the library has; the storage fills them in


@dataclass(frozen=True, slots=True)
class Query:
    """Texts, descriptors, tracks and audio to search for or away from, by stem, with names and a filter.

    Names alone find the tracks that have them, and then those that resemble them.

    `moments`: "locate" ranks as usual and adds the best moment to each hit; "rank" orders the tracks by that moment.
    `without_duplicates` skips near-duplicates of a seed or of a higher-ranked hit, and `without_same` skips hits that
    share their artist or album with a seed.
    """

    texts: tuple[Text, ...] = ()
    not_texts: tuple[Text, ...] = ()
    descriptors: tuple[DescriptorTerm, ...] = ()
    not_descriptors: tuple[DescriptorTerm, ...] = ()
    tracks: tuple[Seed, ...] = ()
    not_tracks: tuple[Seed, ...] = ()
    audio: tuple[Audio, ...] = ()
    not_audio: tuple[Audio, ...] = ()
    names: tuple[NameTerm, ...] = ()
    stems: Mapping[str, float] = field(default_factory=lambda: {MIX: 1.0})
    where: Filter = field(default_factory=Filter)
    limit: int = 20
    offset: int = 0
    min_score: float | None = None
    diversity: float = 0.0  # 0: by score only; 1: by difference from the hits so far only (MMR)
    moments: Moments | None = None
    without_duplicates: bool = False
    without_same: frozenset[Shared] = frozenset()
    explain: bool = False  # whether hits say how each part of the query contributed


@dataclass(frozen=True, slots=True)
class Moment:
    """A part of a track, and its similarity to the query."""

    start: float  # seconds from the start of the track
    end: float
    score: float  # cosine


@dataclass(frozen=True, slots=True)
class Part:
    """Contribution of one part of the query to the score of a hit, in one stem."""

    kind: PartKind
    label: str  # the text, the slug of the descriptor, the title of the track; empty for audio
    stem: str  # of the hit
    weight: float  # as given
    similarity: float  # cosine of this part with that stem of the hit
    contribution: float  # the contributions of all parts sum to the score


@dataclass(frozen=True, slots=True)
class Hit:
    """A track found by a query."""

    track: Track
    score: float
    stem: str  # the stem that contributed most to the score
    stem_scores: Mapping[str, float]
    moment: Moment | None = None  # if moments are requested and the track has segments
    parts: tuple[Part, ...] = ()  # if an explanation is requested
    matched: tuple[NameField, ...] = ()  # fields of the names of the query that the track has, best first
