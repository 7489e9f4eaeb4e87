"""Vorbis comments as a list, each of them the bytes it is; also those that are no valid text."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.tag_writing.fields import comments, field_of
from indexer.tag_writing.items import Item, RefusedError

VENDOR = b"Poly-Muse"  # of comments that are new in their file
MAX_SHOWN = 2**16  # bytes of a comment with a field


@dataclass(frozen=True, slots=True)
class Comments:
    """A block of comments."""

    vendor: bytes
    items: tuple[Item, ...]
    rest: bytes = b""  # behind the last one


def parse(block: bytes) -> Comments:
    """Comments from their bytes. Raises RefusedError if they are cut short."""
    vendor, at = _sized(block, 0)
    count = _length(block, at)
    at += 4
    items = []
    for _ in range(min(count, len(block))):
        start = at
        content, at = _sized(block, at)
        items.append(_item(block[start:at], content))
    if len(items) != count:
        raise RefusedError("its comments are damaged")
    return Comments(vendor, tuple(items), block[at:])


def serialise(vendor: bytes, items: Sequence[bytes], rest: bytes = b"") -> bytes:
    """The inverse of `parse`."""
    return _with_size(vendor) + len(items).to_bytes(4, "little") + b"".join(items) + rest


def render(kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
    """New comments for a field."""
    return tuple(_with_size(f"{name}={text}".encode()) for name, text in comments(kind, field, texts))


def _item(raw: bytes, content: bytes) -> Item:
    name, _, value = content.partition(b"=")
    shown = name.decode("ascii", "replace")
    field = field_of(shown)
    if not field or len(raw) > MAX_SHOWN:
        return Item(raw, shown)
    return Item(raw, shown.upper(), field, (value.decode("utf-8", "replace"),))


def _sized(block: bytes, at: int) -> tuple[bytes, int]:
    end = at + 4 + _length(block, at)
    if end > len(block):
        raise RefusedError("its comments are cut short")
    return block[at + 4 : end], end


def _length(block: bytes, at: int) -> int:
    if at + 4 > len(block):
        raise RefusedError("its comments are cut short")
    return int.from_bytes(block[at : at + 4], "little")


def _with_size(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data
