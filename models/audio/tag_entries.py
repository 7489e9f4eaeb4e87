"""Counts the entries of tags in what FFmpeg reads, before FFmpeg parses them.

FFmpeg compares the name of each entry with all earlier ones: 160,000 comments, which fit into 2 MB, take it two minutes
(`av_dict_set` in libavutil/dict.c; in Matroska the time grows with the third power of their number). Nothing is parsed
here, as two parsers may disagree about a hostile file: what stands in each entry is counted, or the number that FFmpeg
goes by is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import BinaryIO

MAX_ENTRIES = 2_000  # of a file, or of a part of a chained Ogg file; those of music have tens
OVERLAP = 64  # bytes of the previous read in which a marker may start
PIECE = 2**20  # bytes that are searched at once
MAX_OGG_HEADERS = 2**23  # bytes behind the head of a rare stream in Ogg that are searched for comments
MIN_ENTRY = 6  # bytes: a size and a name
SCRIPT_BYTES = 128  # of script data in Flash video that count as an entry; its tables of key frames are no tags
TS_PACKET = 188  # bytes
MIN_PROGRAM = 4  # bytes
# The start of a frame of ID3v2 that FFmpeg stores by its name, with the upper half of its size: longer ones are few
ID3_FRAMES = re.compile(rb"T[^\0]{3}\0\0|(?:COMM|USLT|PRIV|CHAP)\0\0")
ID3_FRAMES_2_2 = re.compile(rb"T[^\0]{2}\0|(?:COM|ULT)\0")
RIFF_TEXTS = re.compile(rb"[^\0]{4}[\0-\xff]{2}\0\0")  # name and size
XIPH_COMMENTS = re.compile(rb"\0\0[^=]+=")  # the upper half of the size, and the name


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the file that consists of entries with this pattern."""

    start: int
    size: int
    entry: re.Pattern[bytes]


# File and position of a marker -> entries; a set of those that count once however often they are repeated
Counter = Callable[[BinaryIO, int], "int | Region | set[bytes] | None"]


class TagEntries:
    """Counts the entries of one file while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is the one that is read; its position is left as it is."""
        self._file = file
        self._weights: Mapping[bytes, int] = {**MP4, **MATROSKA}
        self._counters: Mapping[bytes, Counter] = {**AT_THE_START, **LATER}
        self._total = 0
        self._tail = b""
        self._end = 0  # position behind the tail
        self._distinct: set[bytes] = set()
        self._searched = 0  # end of the regions that were searched

    def opened(self, format_name: str) -> None:
        """From here on FFmpeg reads packets, and tags only in the containers that have them between packets."""
        self._weights = MP4 if format_name.startswith("mov") else {}
        markers = BETWEEN_PACKETS.get(format_name, ())
        self._counters = {marker: LATER[marker] for marker in markers}

    def add(self, data: bytes, position: int) -> bool:
        """Count the entries in bytes from a position. Whether they are few enough to be parsed."""
        if not (self._weights or self._counters):
            return True
        tail = self._tail if position == self._end else b""
        data = tail + data
        self._tail, self._end = data[-OVERLAP:], position - len(tail) + len(data)
        for marker, weight in self._weights.items():
            self._total += weight * data.count(marker, max(0, len(tail) - len(marker) + 1))
        here = self._file.tell()
        for marker in self._counters:
            found = data.find(marker, max(0, len(tail) - len(marker) + 1))
            while found >= 0 and self._total <= MAX_ENTRIES:
                self._total += self._count(marker, position - len(tail) + found)
                found = data.find(marker, found + len(marker))
        self._file.seek(here)
        return self._total <= MAX_ENTRIES

    def _count(self, marker: bytes, at: int) -> int:
        found = self._counters[marker](self._file, at)
        if found is None:
            return 0
        if isinstance(found, set):
            new = found - self._distinct
            self._distinct |= new
            return len(new)
        if isinstance(found, int):
            # The comments of a part of a chained Ogg file replace those of the part before
            return found if marker not in OGG or found > MAX_ENTRIES else 0
        start = max(found.start, self._searched)
        self._searched = max(self._searched, found.start + found.size)
        return _matches(self._file, start, self._searched, found.entry)


def _matches(file: BinaryIO, start: int, end: int, entry: re.Pattern[bytes]) -> int:
    """How many entries there are between two positions; about MAX_ENTRIES if there are more."""
    count = 0
    file.seek(start)
    while start < end and count <= MAX_ENTRIES:
        piece = file.read(min(PIECE, end - start))
        if not piece:
            break
        count += sum(1 for _ in islice(entry.finditer(piece), MAX_ENTRIES + 1))
        start += len(piece)
    return count


def _number(file: BinaryIO, at: int, size: int, order: str = "little") -> int:
    file.seek(max(0, at))
    return int.from_bytes(file.read(size), order)  # type: ignore[arg-type]


def _claimed(offset: int, size: int, order: str = "little") -> Counter:
    """The number of entries that stands at an offset from the marker, as far as there is room for them."""

    def count(file: BinaryIO, at: int) -> int:
        return min(_number(file, at + offset, size, order), _left(file) // MIN_ENTRY)

    return count


def _comments(offset: int, file: BinaryIO, at: int) -> int:
    """Of Vorbis comments `offset` bytes behind the marker: behind the text of the vendor."""
    count = _number(file, at + offset + 4 + _number(file, at + offset, 4), 4)
    return min(count, _left(file) // MIN_ENTRY)


def _left(file: BinaryIO) -> int:
    """Bytes behind the position of the file, which then is at its end."""
    return max(0, -file.tell() + file.seek(0, 2))


def _flac(file: BinaryIO, at: int) -> int:
    """Of all blocks at the start of a FLAC file; a block counts as an entry, as a picture becomes a stream."""
    if at != _start(file):  # also in other containers, where no blocks follow
        return 0
    total, block = 0, at + 4
    while total <= MAX_ENTRIES:
        kind, size = _number(file, block, 1), _number(file, block + 1, 3, "big")
        if kind & 0x7F == 4:  # VORBIS_COMMENT
            total += min(_comments(4, file, block), size // MIN_ENTRY)
        total += 1
        block += 4 + size
        file.seek(block)
        if kind & 0x80 or not file.read(1):  # the last one
            break
    return total


def _start(file: BinaryIO) -> int:
    """Where the container starts, behind ID3v2 tags."""
    at = 0
    for _ in range(MAX_ENTRIES):
        tag = _id3(file, at)
        if tag is None:
            break
        at = tag.start + tag.size
    return at


def _id3(file: BinaryIO, at: int) -> Region | None:
    file.seek(at)
    head = file.read(10)
    if len(head) < 10 or not head.startswith(b"ID3") or head[3] not in (2, 3, 4) or max(head[6:]) > 0x7F:
        return None
    size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    return Region(at + 10, size, ID3_FRAMES_2_2 if head[3] == 2 else ID3_FRAMES)


def _info(file: BinaryIO, at: int) -> Region | None:
    """Of a list of type INFO in RIFF."""
    file.seek(max(0, at - 8))
    head = file.read(8)
    return Region(at + 4, int.from_bytes(head[4:], "little"), RIFF_TEXTS) if head.startswith(b"LIST") else None


def _ape(file: BinaryIO, at: int) -> int:
    """Of the header or footer of an APEv2 tag. FFmpeg ignores a tag that claims more than 65,536."""
    count = _number(file, at + 16, 4)
    return count if count <= 2**16 else 0


def _script(file: BinaryIO, at: int) -> int:
    """Of script data in Flash video, which starts with a tag header of 11 bytes, a type and a length."""
    if _number(file, at - 14, 1) & 0x1F != 18:
        return 0
    return min(_number(file, at - 13, 3, "big"), _left(file)) // SCRIPT_BYTES


def _programs(file: BinaryIO, at: int) -> set[bytes] | None:
    """Programs in a packet of an MPEG transport stream: those of the table of programs (0) or of services (0x42)."""
    file.seek(at)
    data = file.read(2 * TS_PACKET)
    payload = data[5 + data[4] : TS_PACKET] if len(data) > 4 else b""
    if data[TS_PACKET : TS_PACKET + 1] not in (b"", b"\x47") or payload[:1] not in (b"\0", b"\x42"):
        return None
    size = int.from_bytes(payload[1:3]) & 0xFFF
    return {payload + bytes([number & 0xFF, number >> 8]) for number in range(size // MIN_PROGRAM)}


def _nut(file: BinaryIO, at: int) -> int:
    """Of an info packet in NUT: the start code and five numbers of seven bits a byte, the last one the number."""
    file.seek(at + 8)
    content = file.read(64)
    numbers = re.findall(rb"[\x80-\xff]*[\0-\x7f]", content)
    forward = _seven_bits(numbers[0]) if numbers else 0
    if forward > 4096:  # a checksum of 4 bytes follows
        numbers = [numbers[0], *re.findall(rb"[\x80-\xff]*[\0-\x7f]", content[len(numbers[0]) + 4 :])]
    return _seven_bits(numbers[5]) if len(numbers) > 5 else 0


def _seven_bits(number: bytes) -> int:
    value = 0
    for byte in number:
        value = value << 7 | byte & 0x7F
    return value


# What stands in each entry -> how much it weighs
MP4 = {b"data\0\0\0": 1}
MATROSKA = {b"\x67\xc8": 1, b"\x73\x73": 4}  # SimpleTag, Tag
OGG: dict[bytes, Counter] = {
    b"OpusTags": partial(_comments, 8),
    b"\x03vorbis": partial(_comments, 7),
    b"\x81theora": partial(_comments, 7),
    b"OVP80\x02 ": partial(_comments, 7),  # VP8
}
RARE_IN_OGG = (b"\x7fFLAC\1", b"Speex   ", b"CELT    ")  # their comments have no marker
LATER: dict[bytes, Counter] = {
    **OGG,
    b"ID3": _id3,
    b"INFO": _info,
    b"onMetaData": _script,
    bytes.fromhex("4e49ab68b596ba78"): _nut,
}
AT_THE_START: dict[bytes, Counter] = {
    b"fLaC": _flac,
    b"APETAGEX": _ape,
    b"info\0\0\0\0": _claimed(12, 4, "big"),  # Core Audio
    b"\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\0\xa0\xc9\x5e\xa8\x50": _claimed(
        24, 2
    ),  # ASF: Extended Content Description
    bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca"): _claimed(24, 2),  # ASF: Metadata
    bytes.fromhex("941c23449894d149a1411d134e457054"): _claimed(24, 2),  # ASF: Metadata Library
    bytes.fromhex("bc945f925a52d21186dc00c04f8edb8a"): _claimed(24, 4),  # Wave64: summary list
    b"\x47\x40\0": _programs,
    b"\x47\x40\x11": _programs,
    **{marker: lambda _, at: Region(at, MAX_OGG_HEADERS, XIPH_COMMENTS) for marker in RARE_IN_OGG},
}
BETWEEN_PACKETS = {  # demuxer -> markers
    "ogg": (*OGG,),
    "aac": (b"ID3",),
    "avi": (b"INFO",),
    "flv": (b"onMetaData",),
    "nut": (bytes.fromhex("4e49ab68b596ba78"),),
}
