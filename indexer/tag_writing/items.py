"""The tags of a file as the bytes they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from polymuse.errors import UserError


class RefusedError(UserError):
    """A file that is left as it is, because its tags cannot be written without a risk. The message names no path."""

    exit_code = 1
    kind = "tags-refused"
    http_status = 422


class UnsupportedError(RefusedError):
    """A file that is no failure: a format whose tags are not written, or one that is better left alone."""


@dataclass(frozen=True, slots=True)
class Item:
    """One tag: an ID3 frame, a Vorbis comment or an MP4 atom."""

    raw: bytes  # all of it, with its header
    name: str  # as it is shown: "TXXX:MOOD", "BPM", "tmpo"
    field: str = ""  # of `fields.FIELDS`, under whatever name; "" for any other tag
    texts: tuple[str, ...] = ()  # of tags with a field


@dataclass(frozen=True, slots=True)
class TagArea:
    """All tags of the system that is written, in file order, and what decides how new ones look."""

    kind: str  # "ID3v2.3", "ID3v2.4", "Vorbis", "FLAC", "Opus" or "MP4"
    items: tuple[Item, ...] = ()
    elsewhere: frozenset[str] = frozenset()  # fields that another tag system of the file has


class Container(Protocol):
    """The tags of one kind of file. All methods raise RefusedError for what they do not understand."""

    def read(self, file: BinaryIO) -> TagArea:
        """The tags of a file."""
        ...

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
        """New items with these texts, in the names and forms of the kind of tags."""
        ...

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:
        """Write a copy of a file with exactly these items into an empty file."""
        ...

    def outside(self, file: BinaryIO) -> bytes:
        """A digest of everything that is not the tag area, wherever that now is in the file."""
        ...
