"""APEv2 tags, at the end of MP3, Monkey's Audio, WavPack and Musepack files.

Not mutagen's class for them: a key without its end in a damaged tag keeps it busy for hours.
"""

from collections.abc import Iterator
from typing import BinaryIO

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Value, Values, collect
from indexer.file_tags.vorbis import utf8
from models.audio.trailing_tags import APE_FOOTER_SIZE, trailing_tags

MAX_ITEMS = 1_000
MAX_KEY = 255  # bytes
MAX_VALUE = 2**20  # bytes; longer ones are pictures
TEXT = 0  # kind of an item; the others are binary, a link, reserved


def read_apev2(file: BinaryIO) -> Values:
    """The fields of the tag at the end of a file."""
    return collect(_fields(file))


def apev2_names(file: BinaryIO) -> list[str]:
    """The names of the texts in the tag at the end of a file."""
    return [name for name, _ in _texts(file)]


def _fields(file: BinaryIO) -> Iterator[tuple[str, int, Value]]:
    for name, text in _texts(file):
        field = meaning(name)
        if field is not None:
            for value in text.split(b"\0"):
                yield *field, utf8(value)


def _texts(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    for start, size in trailing_tags(file):
        file.seek(start + size - APE_FOOTER_SIZE)
        footer = file.read(APE_FOOTER_SIZE)
        if footer.startswith(b"APETAGEX"):
            has_header = footer[23] & 0x80
            file.seek(start + (APE_FOOTER_SIZE if has_header else 0))
            length = int.from_bytes(footer[12:16], "little") - APE_FOOTER_SIZE
            yield from _items(file, length)
            return


def _items(file: BinaryIO, length: int) -> Iterator[tuple[str, bytes]]:
    end = file.tell() + length
    for _ in range(MAX_ITEMS):
        start = file.tell()
        head = file.read(8 + MAX_KEY + 1)
        size, flags = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:8], "little")
        key, ended, _ = head[8:].partition(b"\0")
        value_at = start + 8 + len(key) + 1
        if not ended or value_at + size > end:
            return
        file.seek(value_at)
        if flags >> 1 & 3 == TEXT and size <= MAX_VALUE:
            yield key.decode("ascii", "replace"), file.read(size)
        file.seek(value_at + size)
