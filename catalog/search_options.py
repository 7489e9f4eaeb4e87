"""The options of a search, described once for the command line and the HTTP API.

This module imports nothing heavy, because `polymuse --help` reads it.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

MAX_DEPTH = 1000  # `offset` + `limit` of a query

Moments: TypeAlias = Literal["locate", "rank"]
Shared: TypeAlias = Literal["artist", "album"]


@dataclass(frozen=True, slots=True)
class SearchOption:
    """Description of an option and, for a number, its inclusive range."""

    description: str
    min: float | None = None
    max: float | None = None


FROM_STEM = SearchOption(
    "compare this stem of the track with the selected stems; by default each stem is compared with the same stem"
)
LIMIT = SearchOption("number of hits at most", 1, MAX_DEPTH)
MIN_SCORE = SearchOption("hits that score lower are left out", -1, 1)
DIVERSITY = SearchOption("0: by score alone; towards 1: hits unlike each other (MMR)", 0, 1)
WITHOUT_DUPLICATES = SearchOption("leave out near-duplicates of a track of the query or of a better hit")
WITHOUT_SAME = SearchOption("leave out hits that share it with a track of the query")
EXPLAIN = SearchOption("hits say what each part of the query contributed")
