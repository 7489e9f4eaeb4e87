"""ID3v2.3 and 2.4 tags as a list of frames, each of them the bytes it is.

mutagen makes new frames and reads those that are shown. Frames that stay are not read and written again by it: it would
join values, change encodings, and undo compression.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from mutagen import MutagenError
from mutagen.id3 import ID3

from indexer.file_tags.reading import PARSER_ERRORS
from indexer.tag_writing.fields import ID3_FIELDS, JOINED, as_tag, frames, shown
from indexer.tag_writing.items import Item, RefusedError, UnsupportedError

HEADER = 10  # bytes, of a tag and of a frame
MAX_TAG = 2**28 - 1  # bytes, in four times seven bits
NEW_PADDING = 1024  # bytes of a tag that is new in its file
NAME = re.compile(rb"[A-Z][A-Z0-9]{3}")
SHOWN = re.compile(rb"T[A-Z0-9]{3}|GRP1|RVA2")  # frames that may belong to a field
MAX_SHOWN = 2**16  # bytes of a frame with a field; longer ones are not ours
ENCRYPTED = {3: 0x40, 4: 0x04}  # flag in the second byte
ALTERED = {3: 0xE0, 4: 0x4F}  # flags of frames whose content is not plain


@dataclass(frozen=True, slots=True)
class Id3Tag:
    """A tag in a file."""

    version: int  # 3 or 4
    items: tuple[Item, ...]
    room: int  # bytes of frames and padding
    padding: int  # bytes

    @property
    def kind(self) -> str:
        return f"ID3v2.{self.version}"


def tag_size(head: bytes) -> int:
    """The size of the tag with this header, in bytes and with the header; 0 if it is none. Raises RefusedError."""
    if len(head) < HEADER or not head.startswith(b"ID3"):
        return 0
    if head[3] == 2:
        raise UnsupportedError("its ID3 tag is of version 2.2, which would have to be converted")
    if head[3] not in (3, 4) or max(head[6:HEADER]) > 0x7F:
        raise RefusedError(f"its ID3 tag is damaged or of an unknown version 2.{head[3]}")
    if head[5] & 0x80:
        raise RefusedError("its ID3 tag is unsynchronised")
    if head[5]:
        raise RefusedError("its ID3 tag has an extended header, a footer or unknown flags")
    return HEADER + _number(head[6:HEADER], 4)


def parse(tag: bytes) -> Id3Tag:
    """A tag from its bytes. Raises RefusedError for anything that is not understood."""
    size = tag_size(tag[:HEADER])
    if not size or len(tag) != size:
        raise RefusedError("its ID3 tag is cut short")
    version, at = tag[3], HEADER
    items: list[Item] = []
    while at + HEADER <= size and tag[at]:
        end = at + HEADER + _number(tag[at + 4 : at + 8], version)
        if not NAME.fullmatch(tag[at : at + 4]) or not at + HEADER < end <= size:
            raise RefusedError("its ID3 tag has a damaged frame")
        items.append(_item(tag[at:end], version))
        at = end
    if tag[at:].strip(b"\0"):
        raise RefusedError("its ID3 tag has something behind its last frame")
    names = [item.name for item in items if item.field]
    if len(names) != len(set(names)):
        raise RefusedError("its ID3 tag has the same frame twice")
    return Id3Tag(version, tuple(items), size - HEADER, size - at)


def serialise(items: Sequence[bytes], version: int, before: Id3Tag | None) -> bytes:
    """The bytes of a tag; none without items. It keeps its size where the padding allows, else its padding."""
    if not items:
        return b""
    content = b"".join(items)
    padding = NEW_PADDING
    if before is not None:
        padding = before.room - len(content) if before.room >= len(content) else before.padding
    length = len(content) + padding
    if length > MAX_TAG:
        raise RefusedError("its ID3 tag would become too large")
    return b"ID3" + bytes([version, 0, 0]) + _synchsafe(length) + content + bytes(padding)


def render(kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
    """New frames for a field, made by mutagen."""
    version = int(kind[-1])
    file = BytesIO()
    as_tag(frames(kind, field, texts)).save(file, v1=0, v2_version=version, v23_sep=JOINED, padding=lambda _: 0)
    return tuple(item.raw for item in parse(file.getvalue()).items)


def _item(raw: bytes, version: int) -> Item:
    name, flags = raw[:4].decode("ascii"), raw[9]
    if flags & ENCRYPTED[version]:
        raise RefusedError(f"its frame {name} is encrypted")
    if name in ID3_FIELDS and flags & ALTERED[version]:
        raise RefusedError(f"its frame {name} is compressed or unsynchronised")
    if not SHOWN.fullmatch(raw[:4]) or len(raw) > MAX_SHOWN:
        return Item(raw, name)
    tag = b"ID3" + bytes([version, 0, 0]) + _synchsafe(len(raw)) + raw
    try:
        found = [*ID3(BytesIO(tag), translate=False, load_v1=False).values()]
    except (MutagenError, *PARSER_ERRORS) as error:
        raise RefusedError(f"its frame {name} cannot be read") from error
    if len(found) != 1:  # mutagen leaves out what it does not understand
        if name in ID3_FIELDS:
            raise RefusedError(f"its frame {name} cannot be read")
        return Item(raw, name)
    field, texts = shown(found[0])
    if field and flags & ALTERED[version]:
        raise RefusedError(f"its frame {name} is compressed or unsynchronised")
    return Item(raw, found[0].HashKey if field else name, field, texts)


def _number(data: bytes, version: int) -> int:
    if version == 3:
        return int.from_bytes(data)
    if max(data) > 0x7F:
        raise RefusedError("its ID3 tag has sizes of another version")
    return sum(byte << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))


def _synchsafe(number: int) -> bytes:
    return struct.pack(">4B", *(number >> shift & 0x7F for shift in (21, 14, 7, 0)))
