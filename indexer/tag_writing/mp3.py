"""The ID3v2 tag in front of MP3 audio. Tags behind the audio, ID3v1 and APEv2, stay as they are."""

import shutil
from collections.abc import Sequence
from typing import BinaryIO

from indexer.tag_writing import id3_tag
from indexer.tag_writing.digests import Digest
from indexer.tag_writing.items import RefusedError, TagArea
from indexer.tag_writing.other_tags import apev2_fields

NEW = 4  # version of a tag that is new in its file


class Mp3:
    """See `items.Container`."""

    def read(self, file: BinaryIO) -> TagArea:
        tag = _read(file)
        elsewhere = apev2_fields(file)
        if tag is None:
            return TagArea(f"ID3v2.{NEW}", (), elsewhere)
        return TagArea(tag.kind, tag.items, elsewhere)

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
        return id3_tag.render(kind, field, texts)

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:
        before = _read(source)
        target.write(id3_tag.serialise(items, int(kind[-1]), before))
        source.seek(0 if before is None else id3_tag.HEADER + before.room)
        shutil.copyfileobj(source, target, 2**20)

    def outside(self, file: BinaryIO) -> bytes:
        before = _read(file)
        digest = Digest()
        digest.add_rest(file, 0 if before is None else id3_tag.HEADER + before.room)
        return digest.value


def _read(file: BinaryIO) -> id3_tag.Id3Tag | None:
    file.seek(0)
    size = id3_tag.tag_size(file.read(id3_tag.HEADER))
    file.seek(0)
    tag = id3_tag.parse(file.read(size)) if size else None
    file.seek(size)
    if file.read(3) == b"ID3":
        raise RefusedError("it has two ID3 tags")
    _check_end(file)
    return tag


def _check_end(file: BinaryIO) -> None:
    """Raises RefusedError for a second tag at the end of the file."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 128 - id3_tag.HEADER))
    end = file.read()
    if end[-id3_tag.HEADER :].startswith(b"3DI") or end[: id3_tag.HEADER].startswith(b"3DI"):
        raise RefusedError("it has an ID3 tag at its end")
