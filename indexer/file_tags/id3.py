"""ID3v2 and ID3v1 tags.

mutagen reads frames that were copied into a small tag of their own: pictures are skipped unread, compressed frames are
bounded, and the time does not depend on what a damaged tag claims.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from mutagen.id3 import ID3, Encoding, Frame, ParseID3v1, TextFrame

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Value, Values, collect
from models.audio.trailing_tags import ID3V1_SIZE, trailing_tags

WANTED = set(  # frames of version 2.3 and 2.4, and those of version 2.2
    b"""TIT2 TPE1 TPE2 TALB TRCK TPOS TYER TDRC TDRL TORY TDOR TCON TCMP TCOM TPUB TSRC TBPM TKEY TXXX UFID RVA2 USLT
    SYLT COMM TT2 TP1 TP2 TAL TRK TPA TYE TOR TCO TCP TCM TPB TRC TBP TKE TXX UFI RVA ULT SLT COM""".split()
)
# Text frame -> field and rank
TEXTS = {
    "TIT2": ("title", 0),
    "TPE1": ("artist", 0),
    "TPE2": ("album_artist", 0),
    "TALB": ("album", 0),
    "TRCK": ("track_number", 0),
    "TPOS": ("disc_number", 0),
    "TDRC": ("date", 0),
    "TYER": ("date", 1),
    "TDRL": ("date", 2),
    "TDOR": ("original_date", 0),
    "TORY": ("original_date", 1),
    "TCON": ("genre", 0),
    "TCMP": ("compilation", 0),
    "TCOM": ("composer", 0),
    "TPUB": ("label", 0),
    "TSRC": ("isrc", 0),
    "TBPM": ("bpm", 0),
    "TKEY": ("key", 0),
}
TECHNICAL_COMMENT = re.compile("iTun|Songs-DB|MusicMatch|ID3v1", re.IGNORECASE)  # starts of descriptions
MAX_FRAME = 2**20  # bytes; longer frames are pictures
MAX_FRAMES = 1_000
MAX_TAG = 2**22  # bytes of all frames, uncompressed
MAX_TEXTS = 200  # in a frame; mutagen copies the rest of a frame for each
MAX_TIMED_TEXT = 2**17  # bytes; mutagen copies the rest of a frame for each line
UNSYNCHRONISED, EXTENDED = 0x80, 0x40  # flags of the header


def read_id3v2(file: BinaryIO) -> Values:
    """The fields of the tag at the position of a file."""
    tag = _small_tag(file)
    if tag is None:
        return {}
    frames = ID3(BytesIO(tag), translate=False, load_v1=False)
    return collect(found for frame in frames.values() for found in _meanings(frame))


def id3v2_size(file: BinaryIO) -> int:
    """The size in bytes of the tag at the position of a file, which stays the same; 0 if there is none."""
    start = file.tell()
    head = file.read(10)
    file.seek(start)
    if len(head) < 10 or not head.startswith(b"ID3") or max(head[6:]) > 0x7F:
        return 0
    return _synchsafe(head[6:]) + (20 if head[5] & 0x10 else 10)  # with a footer


def read_id3v1(file: BinaryIO) -> Values:
    """The fields of the tag in the last 128 bytes; their encoding is unknown."""
    for start, size in trailing_tags(file):
        if size == ID3V1_SIZE:
            file.seek(start)
            frames = ParseID3v1(file.read(ID3V1_SIZE)) or {}
            return collect(found for frame in frames.values() for found in _meanings(frame))
    return {}


def _meanings(frame: Any) -> Iterator[tuple[str, int, Value]]:
    name = frame.FrameID
    if name in TEXTS:
        yield from ((*TEXTS[name], text) for text in _raw([str(text) for text in frame.text], frame))
    elif name == "TXXX" and (field := meaning(frame.desc)) is not None:
        yield from ((field[0], field[1] + 3, text) for text in _raw(frame.text, frame))
    elif name == "UFID" and frame.owner == "http://musicbrainz.org":
        yield "recording", 0, frame.data.decode("ascii", "replace")
    elif name == "RVA2" and frame.channel == 1 and frame.desc.lower() in ("track", "album"):
        yield f"{frame.desc.lower()}_gain_db", 9, str(frame.gain)
        yield f"{frame.desc.lower()}_peak", 9, f"{frame.peak:.6f}" if frame.peak else ""
    elif name == "SYLT" and frame.format == 2:  # milliseconds
        yield "lyrics", 0, "\n".join(_timed(text, time) for text, time in frame.text)
    elif name == "USLT":
        yield from (("lyrics", 1, text) for text in _raw([frame.text], frame))
    elif name == "COMM" and not TECHNICAL_COMMENT.match(frame.desc):
        yield from (("comment", int(bool(frame.desc)), text) for text in _raw(frame.text, frame))


def _raw(texts: list[str], frame: Frame | TextFrame) -> list[Value]:
    """Bytes of what claims to be Latin-1."""
    if frame.encoding != Encoding.LATIN1:  # type: ignore[union-attr]
        return [*texts]
    return [text.encode("latin-1", "replace") for text in texts]


def _timed(text: str, milliseconds: int) -> str:
    """A line of an LRC file.

    >>> _timed("Hello", 83_450)
    '[01:23.45]Hello'
    """
    minutes, rest = divmod(milliseconds, 60_000)
    return f"[{minutes:02}:{rest / 1000:05.2f}]{' '.join(text.split())}"


def _small_tag(file: BinaryIO) -> bytes | None:
    """A tag with the wanted frames of the one at the position, uncompressed and without unsynchronisation."""
    head = file.read(10)
    if len(head) < 10 or not head.startswith(b"ID3") or head[3] not in (2, 3, 4) or max(head[6:]) > 0x7F:
        return None
    version, flags, size = head[3], head[5], _synchsafe(head[6:])
    source, end = file, file.tell() + size
    if version < 4 and flags & UNSYNCHRONISED:
        source = BytesIO(_synchronised(file.read(size)))
        end = len(source.getbuffer())
    if flags & EXTENDED:
        if version == 2:  # a compression that was never specified
            return None
        _skip_extended_header(source, version)
    walk = _frames_2_2 if version == 2 else _frames
    frames = bytearray()
    for frame in walk(source, end, version, unsynchronised=bool(flags & UNSYNCHRONISED)):
        if len(frames) + len(frame) > MAX_TAG:
            break
        frames += frame
    return b"ID3" + bytes([version, 0, 0]) + _as_synchsafe(len(frames)) + bytes(frames)


def _skip_extended_header(source: BinaryIO, version: int) -> None:
    start = source.tell()
    size = source.read(4)
    if size.isalnum():  # some programs set the flag without the header
        source.seek(start)
    elif version == 4:
        source.seek(start + _synchsafe(size))
    else:
        source.seek(start + 4 + int.from_bytes(size))


def _frames_2_2(source: BinaryIO, end: int, _version: int, *, unsynchronised: bool) -> Iterator[bytes]:  # noqa: ARG001
    for _ in range(MAX_FRAMES):
        head = source.read(6)
        size = int.from_bytes(head[3:])
        after = source.tell() + size
        if not head.strip(b"\0") or after > end:
            return
        if head[:3] in WANTED and size <= MAX_FRAME:
            data = _bounded(head[:3], source.read(size))
            yield head[:3] + len(data).to_bytes(3) + data
        source.seek(after)


def _frames(source: BinaryIO, end: int, version: int, *, unsynchronised: bool) -> Iterator[bytes]:
    for _ in range(MAX_FRAMES):
        head = source.read(10)
        if len(head) < 10 or not head.strip(b"\0"):
            return
        size = _frame_size(source, head, end, version)
        after = source.tell() + size
        if after > end:
            return
        if head[:4].rstrip(b"\0") in WANTED and 0 < size <= MAX_FRAME:
            content = _content(source.read(size), head[9], version, unsynchronised=unsynchronised)
            if data := _bounded(head[:4], content):
                length = _as_synchsafe(len(data)) if version == 4 else struct.pack(">I", len(data))
                yield head[:4] + length + b"\0\0" + data
        source.seek(after)


def _frame_size(source: BinaryIO, head: bytes, end: int, version: int) -> int:
    """The size of a frame. Old versions of iTunes wrote sizes of version 2.4 as in 2.3: then no frame follows."""
    plain = int.from_bytes(head[4:8])
    size = _synchsafe(head[4:8])
    if version < 4 or plain == size:
        return plain
    if max(head[4:8]) > 0x7F:
        return plain
    start = source.tell()
    source.seek(start + size)
    following = source.read(4) if start + size < end else b""
    source.seek(start)
    return size if start + size <= end and re.fullmatch(rb"|\0+|[A-Z][A-Z0-9]{3}", following) else plain


def _content(data: bytes, flags: int, version: int, *, unsynchronised: bool) -> bytes:
    """The content of a frame; empty if it is encrypted or damaged."""
    if version == 3:
        compressed, encrypted, grouped, sized = flags & 0x80, flags & 0x40, flags & 0x20, flags & 0x80
    else:
        grouped, compressed, encrypted, sized = flags & 0x40, flags & 0x08, flags & 0x04, flags & 0x09
        unsynchronised = unsynchronised or bool(flags & 0x02)
    if encrypted:
        return b""
    if version == 4 and grouped:
        data = data[1:]
    if sized:
        data = data[4:]
    if version == 3 and grouped:
        data = data[1:]
    if version == 4 and unsynchronised:
        data = _synchronised(data)
    if compressed:
        try:
            data = zlib.decompressobj().decompress(data, MAX_FRAME)
        except zlib.error:
            return b""
    return data


def _bounded(name: bytes, data: bytes) -> bytes:
    """The content of a frame with at most MAX_TEXTS texts; empty if it has too many lines."""
    if name in (b"SYLT", b"SLT"):
        return data if len(data) <= MAX_TIMED_TEXT else b""
    if name.startswith((b"T", b"COM")):
        separator = b"\0\0" if data[:1] in (b"\1", b"\2") else b"\0"
        return separator.join(data.split(separator, MAX_TEXTS)[:MAX_TEXTS])
    return data


def _synchronised(data: bytes) -> bytes:
    """Reverses unsynchronisation; data that cannot be its result was only marked so."""
    return data if re.search(rb"\xff[\xe0-\xff]", data) else data.replace(b"\xff\0", b"\xff")


def _synchsafe(data: bytes) -> int:
    """Seven bits in each byte."""
    return sum((byte & 0x7F) << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))


def _as_synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
