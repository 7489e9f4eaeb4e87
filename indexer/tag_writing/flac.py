"""The block of comments in FLAC files. All other blocks stay, but for padding, which gives or takes the difference."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from indexer.tag_writing import vorbis_comments
from indexer.tag_writing.digests import Digest
from indexer.tag_writing.items import RefusedError, TagArea, UnsupportedError
from indexer.tag_writing.vorbis_comments import VENDOR, Comments

MAGIC = b"fLaC"
STREAM_INFO, PADDING, COMMENTS = 0, 1, 4  # types of blocks
LAST = 0x80  # flag of the type
MAX_BLOCK = 2**24 - 1  # bytes
MAX_BLOCKS = 1_000


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    content: bytes


class Flac:
    """See `items.Container`."""

    def read(self, file: BinaryIO) -> TagArea:
        blocks, _ = _read(file)
        return TagArea("FLAC", _comments(blocks).items)

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
        return vorbis_comments.render(kind, field, texts)

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:  # noqa: ARG002
        blocks, audio = _read(source)
        comments = _comments(blocks)
        content = vorbis_comments.serialise(comments.vendor, items, comments.rest)
        if len(content) > MAX_BLOCK:
            raise RefusedError("its comments would become too large")
        changed = _fitted(_with_comments(blocks, content), sum(4 + len(each.content) for each in blocks))
        target.write(MAGIC)
        for number, block in enumerate(changed, 1):
            last = LAST if number == len(changed) else 0
            target.write(bytes([block.kind | last]) + len(block.content).to_bytes(3) + block.content)
        source.seek(audio)
        shutil.copyfileobj(source, target, 2**20)

    def outside(self, file: BinaryIO) -> bytes:
        blocks, audio = _read(file)
        digest = Digest()
        digest.add(_comments(blocks).vendor)
        for block in blocks:
            if block.kind not in (PADDING, COMMENTS):
                digest.add(bytes([block.kind]), block.content)
        digest.add_rest(file, audio)
        return digest.value


def _read(file: BinaryIO) -> tuple[list[_Block], int]:
    """The blocks, and where the audio starts."""
    file.seek(0)
    if file.read(4) != MAGIC:
        raise UnsupportedError("it is a FLAC file with another tag in front")
    blocks: list[_Block] = []
    while len(blocks) < MAX_BLOCKS:
        head = file.read(4)
        size = int.from_bytes(head[1:])
        content = file.read(size)
        if len(head) < 4 or len(content) < size:
            raise RefusedError("its blocks are cut short")
        blocks.append(_Block(head[0] & ~LAST, content))
        if head[0] & LAST:
            break
    audio = file.tell()
    sync = file.read(2)
    if len(sync) < 2 or sync[0] != 0xFF or sync[1] & 0xFC != 0xF8:
        raise RefusedError("its blocks do not end where its audio starts")
    kinds = [block.kind for block in blocks]
    if kinds[0] != STREAM_INFO or kinds.count(STREAM_INFO) > 1 or kinds.count(COMMENTS) > 1:
        raise RefusedError("it has the same block twice, or none that describes the audio")
    return blocks, audio


def _comments(blocks: Sequence[_Block]) -> Comments:
    block = next((block for block in blocks if block.kind == COMMENTS), None)
    return Comments(VENDOR, ()) if block is None else vorbis_comments.parse(block.content)


def _with_comments(blocks: Sequence[_Block], content: bytes) -> list[_Block]:
    new = _Block(COMMENTS, content)
    if not any(block.kind == COMMENTS for block in blocks):
        return [blocks[0], new, *blocks[1:]]
    return [new if block.kind == COMMENTS else block for block in blocks]


def _fitted(blocks: list[_Block], before: int) -> list[_Block]:
    """The blocks with the padding that makes them as long as before, if one has room for that."""
    grown = sum(4 + len(block.content) for block in blocks) - before
    for at in reversed(range(len(blocks))):
        size = len(blocks[at].content) - grown
        if blocks[at].kind == PADDING and 0 <= size <= MAX_BLOCK:
            return [*blocks[:at], _Block(PADDING, bytes(size)), *blocks[at + 1 :]]
    return blocks
