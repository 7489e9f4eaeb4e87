"""Reads the tags of audio files."""

import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from mutagen import MutagenError

from indexer.file_tags.apev2 import read_apev2
from indexer.file_tags.asf import read_asf
from indexer.file_tags.bounded_file import BoundedFile
from indexer.file_tags.chunks import read_dsf, read_id3_chunk, read_info
from indexer.file_tags.encodings import decoded
from indexer.file_tags.ffmpeg import read_ffmpeg
from indexer.file_tags.id3 import id3v2_size, read_id3v1, read_id3v2
from indexer.file_tags.lyrics import read_lrc
from indexer.file_tags.mp4 import read_mp4
from indexer.file_tags.parsing import tag_info
from indexer.file_tags.tag_info import TagInfo
from indexer.file_tags.values import Values, combine
from indexer.file_tags.vorbis import read_flac, read_ogg
from models.audio.filetypes import MAGIC_BYTES, media_type
from polymuse.errors import BadAudioError
from polymuse.paths import printable

Reader = Callable[[BinaryIO], Values]
AT_START = {read_id3v2}  # read from the start of the file, the others from the end of an ID3v2 tag before the audio
MAX_LEADING_TAGS = 4
# Media type -> the tag systems of the container, the one that counts first; docs/indexing.md has the table
ORDER: dict[str, tuple[Reader, ...]] = {
    "audio/flac": (read_flac, read_id3v2, read_apev2, read_id3v1),
    "audio/ogg": (read_ogg,),
    "audio/mp4": (read_mp4,),
    "audio/x-ms-wma": (read_asf,),
    "audio/wav": (read_id3_chunk, read_id3v2, read_info),
    "audio/aiff": (read_id3_chunk, read_id3v2, read_info),
    "audio/x-dsdiff": (read_id3_chunk,),
    "audio/x-dsf": (read_dsf,),
    "audio/x-wavpack": (read_apev2, read_id3v2, read_id3v1),
    "audio/x-ape": (read_apev2, read_id3v2, read_id3v1),
    "audio/x-musepack": (read_apev2, read_id3v2, read_id3v1),
    "audio/x-tak": (read_apev2, read_id3v2, read_id3v1),
    "audio/webm": (),
    "audio/x-matroska": (),
}
OTHERS: tuple[Reader, ...] = (read_id3v2, read_apev2, read_id3v1)  # MP3, AAC, AC-3, True Audio and unknown ones
MORE_MAGIC = {b"DSD ": "audio/x-dsf", b"FRM8": "audio/x-dsdiff", b"tBaK": "audio/x-tak", b"OFR ": "audio/x-tak"}
# What damaged tags raise in mutagen and in the readers here
PARSER_ERRORS = (
    MutagenError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,  # of recursion as well
    MemoryError,
    struct.error,
    zlib.error,
)


def read_tags(path: Path, encoding: str = "auto") -> TagInfo:
    """The tags of an audio file; only a title if it is damaged or missing. Never raises for the content of a file.

    `encoding` is the one of texts that do not say it or claim to be Latin-1: a name that Python knows, such as "gbk",
    or "auto" to guess it.
    """
    systems = [*_systems(path)]
    if not any(system.get(field) for system in systems for field in ("title", "artist", "album")):
        systems.append(_read(lambda: read_ffmpeg(path)))
    beside = read_lrc(path)
    *systems, lyrics = decoded([*systems, {"lyrics": beside}], encoding)
    return tag_info(combine([lyrics, *systems]), printable(path.stem))


def _systems(path: Path) -> Iterator[Values]:
    """What each tag system in the file says, in the order in which they count."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block
            return
        with path.open("rb") as file:
            start, kind = kind_of(file)
            for reader in ORDER.get(kind, OTHERS):
                yield _read(lambda reader=reader: reader(_part(file, 0 if reader in AT_START else start)))
    except OSError:
        return


def kind_of(file: BinaryIO) -> tuple[int, str]:
    """Where the container starts, behind ID3v2 tags, and its media type."""
    start = 0
    for _ in range(MAX_LEADING_TAGS):
        size = id3v2_size(_part(file, start))
        if not size:
            break
        start += size
    file.seek(start)
    head = file.read(MAGIC_BYTES)
    return start, MORE_MAGIC.get(head[:4]) or media_type(head) or "audio/mpeg"


def _part(file: BinaryIO, start: int) -> BinaryIO:
    file.seek(start)
    return BoundedFile(file)  # type: ignore[return-value]


def _read(reader: Callable[[], Values]) -> Values:
    try:
        return reader()
    except (BadAudioError, *PARSER_ERRORS):
        return {}
