"""What was understood of a text: its parts, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from catalog.names.found_name import FoundName

Kind: TypeAlias = Literal["sound", "name", "like", "limit"]


@dataclass(frozen=True, slots=True)
class UnderstoodPart:
    """A part of a text with its meaning; the span includes the words that led to it ("by Satie", "without vocals")."""

    kind: Kind
    start: int  # span in the text as typed: code points, half-open; parts are in order and never overlap
    end: int
    value: (
        str  # sound: the words to embed; name, like: the library's own spelling; limit: a term of the filter language
    )
    wanted: bool = True  # False: "no vocals", "not by X", "nothing like X", "not from the 80s"
    field: str = ""  # name, like: "artist", "album", "title", "genre" or "composer"; limit: field of the filter
    exact: bool = True  # name, like: spelt as in the library after folding; False: with a typo, or a part of the name


@dataclass(frozen=True, slots=True)
class Understood:
    """A text and its parts. Words that carry no meaning of their own ("some", "music") belong to no part."""

    text: str
    parts: tuple[UnderstoodPart, ...]
    names: Sequence[FoundName] = field(default=(), repr=False, compare=False)  # that it was read with
    folders: Sequence[str] = field(default=(), repr=False, compare=False)

    @property
    def only_sound(self) -> bool:
        """Whether the text is nothing but wanted sound, which encoders get unchanged."""
        return all(part.kind == "sound" and part.wanted for part in self.parts)
