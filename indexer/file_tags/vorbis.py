"""Vorbis comments in FLAC and Ogg.

Not mutagen's class for them, which decodes text without keeping the bytes and has no limit on the number of comments.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from mutagen.ogg import OggPage

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Value, Values, collect

COMMENT_BLOCK = 4  # type of the metadata block in FLAC
MAX_BLOCKS = 1_000
MAX_COMMENTS = 10_000
MAX_VALUE = 2**20  # bytes; longer ones are pictures
MAX_PAGES = 1_000  # of an Ogg file; comments with large pictures span hundreds
COMMENT_HEADS = (b"\x03vorbis", b"OpusTags", b"\x81theora")  # of the second packet of a stream
UNDERSIZED = 2**20  # bytes; some programs write too small a size for the block of comments


def read_flac(file: BinaryIO) -> Values:
    """The comments of a FLAC file, from the position of its magic bytes."""
    file.seek(4, 1)
    for _ in range(MAX_BLOCKS):
        head = file.read(4)
        size = int.from_bytes(head[1:])
        if len(head) == 4 and head[0] & 0x7F == COMMENT_BLOCK:
            return read_comments(file.read(max(size, UNDERSIZED)))
        if len(head) < 4 or head[0] & 0x80:  # the last block
            break
        file.seek(size, 1)
    return {}


def read_ogg(file: BinaryIO) -> Values:
    """The comments of the first audio stream in an Ogg file, else of the first stream."""
    streams: dict[int, list[bytes]] = {}  # serial number -> packets
    open_streams: dict[int, bool] = {}  # whether the last packet continues on the next page
    for _ in range(MAX_PAGES):
        page = OggPage(file)
        packets = streams.setdefault(page.serial, [])
        if page.packets and open_streams.get(page.serial):
            packets[-1] += page.packets.pop(0)
        packets.extend(page.packets)
        open_streams[page.serial] = not page.complete and bool(packets)
        done = {serial: len(p) - open_streams[serial] for serial, p in streams.items()}
        ready = [p for serial, p in streams.items() if done[serial] >= 2]
        audio = next((p for p in ready if not p[0].startswith((b"\x80theora", b"fishead"))), None)
        if audio is not None:
            return read_comments(_without_head(audio[1]))
        if page.sequence > 1 and ready and len(ready) == len(streams):
            break
    first = next((p for p in streams.values() if len(p) > 1), None)
    return read_comments(_without_head(first[1])) if first else {}


def read_comments(data: bytes) -> Values:
    """The fields in a block of comments: (length, text) with little-endian lengths, the first one the vendor."""
    return collect(_comments(data))


def _comments(data: bytes) -> Iterator[tuple[str, int, Value]]:
    source = BytesIO(data)
    source.seek(int.from_bytes(source.read(4), "little"), 1)
    count = int.from_bytes(source.read(4), "little")
    for _ in range(min(count, MAX_COMMENTS)):
        size = source.read(4)
        if len(size) < 4:
            break
        length = int.from_bytes(size, "little")
        if length > MAX_VALUE:
            source.seek(length, 1)
            continue
        name, _, value = source.read(length).partition(b"=")
        field = meaning(name.decode("ascii", "replace"))
        if field is not None:
            yield *field, utf8(value)


def utf8(value: bytes) -> Value:
    """The text; the bytes if they are not UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value


def _without_head(packet: bytes) -> bytes:
    """The comments in a packet; in FLAC they follow the head of a metadata block, in Speex nothing."""
    for head in COMMENT_HEADS:
        if packet.startswith(head):
            return packet[len(head) :]
    return packet[4:] if packet[:1] and packet[0] & 0x7F == COMMENT_BLOCK and packet[1:2] == b"\0" else packet
