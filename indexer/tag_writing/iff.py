"""The chunk with an ID3 tag in WAV and AIFF files, which mutagen resizes."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from mutagen import MutagenError
from mutagen._riff import RiffFile  # where its class for WAV files has it from
from mutagen.aiff import AIFFFile

from indexer.file_tags.reading import PARSER_ERRORS
from indexer.tag_writing import id3_tag
from indexer.tag_writing.digests import Digest
from indexer.tag_writing.items import RefusedError, TagArea, UnsupportedError
from indexer.tag_writing.mp3 import NEW
from indexer.tag_writing.other_tags import info_fields

ID3 = b"id3 "  # in small letters
MAX_CHUNKS = 10_000
MAX_RIFF = 2**32 - 2  # bytes

Order = Literal["little", "big"]
ORDERS: dict[bytes, Order] = {b"RIFF": "little", b"FORM": "big"}


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    start: int  # of its content
    size: int  # bytes


class Iff:
    """See `items.Container`."""

    def read(self, file: BinaryIO) -> TagArea:
        tag = _tag(file)
        elsewhere = info_fields(file)
        return TagArea(f"ID3v2.{NEW}", (), elsewhere) if tag is None else TagArea(tag.kind, tag.items, elsewhere)

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
        return id3_tag.render(kind, field, texts)

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:
        before, chunk = _tag(source), _id3(source)
        content = id3_tag.serialise(items, int(kind[-1]), before)
        source.seek(0)
        shutil.copyfileobj(source, target, 2**20)
        if target.tell() + len(content) > MAX_RIFF:
            raise UnsupportedError("it is too large for another chunk")
        target.seek(0)
        is_wav = target.read(4) == b"RIFF"
        name = (b"id3 " if is_wav else b"ID3 ") if chunk is None else chunk.name
        key = name.decode("ascii").rstrip()
        try:
            whole = RiffFile(target) if is_wav else AIFFFile(target)
            if chunk is None:
                if content:
                    whole.insert_chunk(key, content)
            elif content:
                whole[key].resize(len(content))
                whole[key].write(content)
            else:
                del whole[key]
        except (MutagenError, *PARSER_ERRORS) as error:
            raise RefusedError("its chunks cannot be moved") from error

    def outside(self, file: BinaryIO) -> bytes:
        digest = Digest()
        for chunk in _chunks(file):
            if chunk.name.lower() != ID3:
                digest.add(chunk.name)
                digest.add_rest(file, chunk.start, chunk.size)
        return digest.value


def _tag(file: BinaryIO) -> id3_tag.Id3Tag | None:
    chunk = _id3(file)
    if chunk is None:
        return None
    file.seek(chunk.start)
    content = file.read(chunk.size)
    size = id3_tag.tag_size(content[: id3_tag.HEADER])
    if content[size:].strip(b"\0"):
        raise RefusedError("its ID3 chunk has something else behind the tag")
    return id3_tag.parse(content[:size]) if size else None


def _id3(file: BinaryIO) -> _Chunk | None:
    found = [chunk for chunk in _chunks(file) if chunk.name.lower() == ID3]
    if len(found) > 1:
        raise RefusedError("it has two ID3 chunks")
    return found[0] if found else None


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    """The chunks of the file. Raises RefusedError unless they fill it."""
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if head[:4] not in ORDERS:
        raise UnsupportedError("it has another tag in front, or is of a kind without 32-bit sizes")
    order = ORDERS[head[:4]]
    if int.from_bytes(head[4:8], order) + 8 != end:
        raise RefusedError("its size is not what its header says")
    at = len(head)
    for _ in range(MAX_CHUNKS):
        if at == end:
            return
        file.seek(at)
        head = file.read(8)
        size = int.from_bytes(head[4:], order)
        following = at + 8 + size + size % 2
        if len(head) < 8 or following > end:
            raise RefusedError("its chunks are cut short")
        yield _Chunk(head[:4], at + 8, size)
        at = following
    raise RefusedError("it has too many chunks")
