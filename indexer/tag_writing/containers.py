"""Which files can be written, and how."""

from pathlib import Path
from typing import BinaryIO

from indexer.file_tags.reading import kind_of
from indexer.tag_writing.flac import Flac
from indexer.tag_writing.iff import Iff
from indexer.tag_writing.items import Container, UnsupportedError
from indexer.tag_writing.mp3 import Mp3
from indexer.tag_writing.mp4 import Mp4
from indexer.tag_writing.ogg import Ogg

CONTAINERS: dict[str, Container] = {  # media type -> how its tags are written
    "audio/mpeg": Mp3(),
    "audio/flac": Flac(),
    "audio/ogg": Ogg(),
    "audio/mp4": Mp4(),
    "audio/wav": Iff(),
    "audio/aiff": Iff(),
}
SUFFIXES = {"audio/mpeg": (".mp3",)}  # any other kind is known by its first bytes
WRITTEN = "MP3, FLAC, Ogg Vorbis, Opus, MPEG-4 audio, WAV and AIFF"


def container_of(path: Path, file: BinaryIO) -> Container:
    """How the tags of a file are written. Raises UnsupportedError."""
    start, kind = kind_of(file)
    if kind not in CONTAINERS or path.suffix.lower() not in SUFFIXES.get(kind, (path.suffix.lower(),)):
        raise UnsupportedError(f"tags are written for {WRITTEN} only")
    if start and kind != "audio/mpeg":
        raise UnsupportedError("it has an ID3 tag in front of another kind of file")
    return CONTAINERS[kind]
