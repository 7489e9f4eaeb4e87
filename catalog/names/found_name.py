"""A name of the library that was found in a text."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

NameField: TypeAlias = Literal["title", "artist", "composer", "album", "genre"]
NAME_FIELDS: tuple[NameField, ...] = get_args(NameField)  # of names that are spelt alike, the earlier come first


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name that may be meant by a part of a text; candidates may overlap."""

    field: NameField
    value: str  # as the library spells it
    start: int  # span in the text: code points, half-open
    end: int
    distance: int  # typos (Damerau-Levenshtein on the folded text); 0: exact after folding and transliteration
    whole: bool  # whether it is the whole name, or a part of it ("satie" of "Erik Satie")
    tracks: int  # number of tracks that have it
