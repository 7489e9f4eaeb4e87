"""What a journey is asked for, and what it is: a request, its steps and what had to be relaxed."""

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from catalog.filters import Filter
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import MIX

MIN_TRACKS, MAX_TRACKS = 3, 200
MAX_EXCLUDED = 10_000  # ids
MAX_SEED = 2**32 - 1
NO_LIMIT = 0  # of tracks by one artist or from one album

Relaxed: TypeAlias = Literal["album", "artist", "count"]


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey of `count` tracks from `start` to `end`, both included.

    `per_artist` and `per_album` are the most tracks of one artist and album, the ends included, or NO_LIMIT.
    `variety` 0 is the smoothest path; the nearer to 1, the more paths of different seeds differ. Tracks between the
    ends pass the filter, and are recordings unless it asks for scores.
    """

    start: str  # id of a track
    end: str
    count: int = 12
    stem: str = MIX
    per_artist: int = 1
    per_album: int = 1
    variety: float = 0.0
    seed: int = 0
    where: Filter = field(default_factory=Filter)
    exclude: frozenset[str] = frozenset()  # ids that must not be between the ends


@dataclass(frozen=True, slots=True)
class Step:
    """A track of a journey, and how similar its stem is (cosine)."""

    track: Track
    to_previous: float | None  # None for the start
    to_start: float


@dataclass(frozen=True, slots=True)
class FoundJourney:
    """The steps in their order, and what could not be kept, in the order in which it was given up.

    `per_artist` and `per_album` are the limits that were kept instead.
    """

    steps: tuple[Step, ...]
    relaxed: tuple[Relaxed, ...]
    per_artist: int
    per_album: int


def check_journey(journey: Journey) -> None:
    """Raises UserError for a request that cannot be answered in any library."""
    check_number("A journey has", journey.count, "tracks", MIN_TRACKS, MAX_TRACKS)
    for name, limit in (("artist", journey.per_artist), ("album", journey.per_album)):
        if limit < NO_LIMIT:
            raise UserError(f"A limit of {limit} tracks per {name}", "Choose 1 or more, or 0 for no limit.")
    check_share("The variety", journey.variety)
    if not 0 <= journey.seed <= MAX_SEED:
        raise UserError(f"The seed is {journey.seed}", f"Choose 0 to {MAX_SEED}.")
    check_excluded(len(journey.exclude))


def check_number(what: str, number: int, unit: str, low: int, high: int) -> None:
    """Raises UserError."""
    if not low <= number <= high:
        raise UserError(f"{what} {number} {unit}", f"Choose {low} to {high}.")


def check_share(what: str, value: float) -> None:
    """Raises UserError for a number that is not from 0 to 1."""
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise UserError(f"{what} is {value}", "Choose a number from 0 to 1.")


def check_excluded(number: int) -> None:
    """Raises UserError."""
    if number > MAX_EXCLUDED:
        raise UserError(f"{number} tracks to leave out", f"Name at most {MAX_EXCLUDED}.")
