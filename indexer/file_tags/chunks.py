"""Tags in the chunks of WAV, AIFF, DSDIFF and DSF files."""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from indexer.file_tags.id3 import read_id3v2
from indexer.file_tags.values import Value, Values, collect

INFO = {  # chunk in a list of type INFO -> field
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ITRK": "track_number",
    b"IPRT": "track_number",
    b"IMUS": "composer",
    b"ICMT": "comment",
}
AIFF_TEXTS = {b"NAME": "title", b"AUTH": "artist", b"ANNO": "comment"}
MAX_CHUNKS = 1_000
MAX_TEXT_CHUNK = 2**16  # bytes
UNKNOWN_SIZE = 0xFFFFFFFF  # in RF64, where the chunk ds64 has the size of the audio


def read_id3_chunk(file: BinaryIO) -> Values:
    """The fields of the ID3v2 tag in a WAV, RF64, AIFF or DSDIFF file."""
    for name, size in _chunks(file):
        if name.lower() == b"id3 ":
            return read_id3v2(BytesIO(file.read(size)))
    return {}


def read_info(file: BinaryIO) -> Values:
    """The texts of RIFF INFO, or of AIFF; their encoding is unknown."""
    return collect(_texts(file))


def read_dsf(file: BinaryIO) -> Values:
    """The fields of the ID3v2 tag that a DSF file points to."""
    file.seek(20, 1)
    file.seek(int.from_bytes(file.read(8), "little"))
    return read_id3v2(file)


def _texts(file: BinaryIO) -> Iterator[tuple[str, int, Value]]:
    for name, size in _chunks(file):
        if name in AIFF_TEXTS:
            yield AIFF_TEXTS[name], 0, _value(file.read(min(size, MAX_TEXT_CHUNK)))
        elif name == b"LIST" and file.read(4) == b"INFO":
            end = file.tell() + size - 4
            for part, length in _chunk_heads(file, end, 4, "little"):
                if part in INFO:
                    yield INFO[part], 0, _value(file.read(min(length, MAX_TEXT_CHUNK)))


def _value(data: bytes) -> Value:
    return data.split(b"\0", 1)[0].strip()


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """(name, size) of each chunk, with the file at its content."""
    form = file.read(4)
    width, order = (8, "big") if form == b"FRM8" else (4, "big" if form == b"FORM" else "little")
    file.seek(width + 4, 1)
    here = file.tell()
    end = file.seek(0, 2)
    file.seek(here)
    return _chunk_heads(file, end, width, order)


def _chunk_heads(file: BinaryIO, end: int, width: int, order: str) -> Iterator[tuple[bytes, int]]:
    large = 0
    for _ in range(MAX_CHUNKS):
        head = file.read(4 + width)
        if len(head) < 4 + width or file.tell() > end:
            return
        name, size = head[:4], int.from_bytes(head[4:], order)  # type: ignore[arg-type]
        start = file.tell()
        if name == b"ds64":
            large = int.from_bytes(file.read(16)[8:], "little")
            file.seek(start)
        elif size == UNKNOWN_SIZE and name == b"data":
            size = large
        yield name, min(size, end - start)
        file.seek(start + size + size % 2)
