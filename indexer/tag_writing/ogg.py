"""The comments of Ogg Vorbis and Opus files with one stream. mutagen lays out the pages anew."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.ogg import OggPage

from indexer.tag_writing import vorbis_comments
from indexer.tag_writing.digests import Digest
from indexer.tag_writing.items import RefusedError, TagArea, UnsupportedError
from indexer.tag_writing.vorbis_comments import Comments

HEADS = {b"\x01vorbis": ("Vorbis", b"\x03vorbis"), b"OpusHead": ("Opus", b"OpusTags")}  # start of the first packet
MAX_PAGES = 4_000  # of the headers; with large pictures they span hundreds
FRAMING = b"\1"  # behind the comments of Vorbis
NUMBERED = slice(18, 26)  # bytes of a page with its number and checksum


@dataclass(frozen=True, slots=True)
class _Headers:
    kind: str
    start: int  # of the second page
    end: int  # of the last page that the comments are on
    pages: list[OggPage]  # that the comments are on
    packets: list[bytes]  # the comments, and what else is on these pages; the last one may go on behind them
    comments: Comments


class Ogg:
    """See `items.Container`."""

    def read(self, file: BinaryIO) -> TagArea:
        headers = _read(file)
        return TagArea(headers.kind, headers.comments.items)

    def render(self, kind: str, field: str, texts: Sequence[str]) -> tuple[bytes, ...]:
        return vorbis_comments.render(kind, field, texts)

    def write(self, source: BinaryIO, target: BinaryIO, items: Sequence[bytes], kind: str) -> None:
        source.seek(0)
        shutil.copyfileobj(source, target, 2**20)
        headers = _read(target)
        magic = next(magic for name, magic in HEADS.values() if name == kind)
        content = magic + vorbis_comments.serialise(headers.comments.vendor, items)
        rest = _fitted(headers.comments.rest, len(headers.packets[0]) - len(content))
        packets = [content + rest, *headers.packets[1:]]
        new = OggPage._from_packets_try_preserve(packets, headers.pages)
        OggPage.replace(target, headers.pages, new)

    def outside(self, file: BinaryIO) -> bytes:
        headers = _read(file)
        digest = Digest()
        digest.add(headers.comments.vendor, headers.comments.rest.rstrip(b"\0"), *headers.packets[1:])
        digest.add_rest(file, 0, headers.start)
        file.seek(headers.end)
        number, end = headers.pages[-1].sequence, _size(file)
        while file.tell() < end:
            at, page = file.tell(), _page(file)
            number += 1
            if page.serial != headers.pages[0].serial:
                raise UnsupportedError("it has several streams")
            if page.sequence != number:
                raise RefusedError("pages of it are missing")
            raw = page.write()
            file.seek(at)
            if file.read(len(raw)) != raw:
                raise RefusedError("it has a page with a wrong checksum")
            digest.add(raw[: NUMBERED.start], raw[NUMBERED.stop :])
        return digest.value


def _read(file: BinaryIO) -> _Headers:
    file.seek(0)
    first = _page(file)
    if not first.first or len(first.packets) != 1:
        raise RefusedError("its first page is damaged")
    known = next((known for start, known in HEADS.items() if first.packets[0].startswith(start)), None)
    if known is None:
        raise UnsupportedError("tags of Ogg files are written for Vorbis and Opus only")
    kind, magic = known
    pages: list[OggPage] = []
    start = file.tell()
    while not pages or not (pages[-1].complete or len(pages[-1].packets) > 1):
        page = _page(file)
        if page.serial != first.serial:
            raise UnsupportedError("it has several streams")
        if len(pages) >= MAX_PAGES:
            raise RefusedError("its comments do not end")
        pages.append(page)
    end = file.tell()
    packets = OggPage.to_packets(pages)
    in_order = pages[0].sequence == first.sequence + 1 and not pages[0].continued
    if not in_order or not packets or not packets[0].startswith(magic):
        raise RefusedError("its headers are damaged")
    comments = vorbis_comments.parse(packets[0][len(magic) :])
    if kind == "Vorbis" and not comments.rest.startswith(FRAMING):
        raise RefusedError("its comments are damaged")
    return _Headers(kind, start, end, pages, packets, comments)


def _fitted(rest: bytes, room: int) -> bytes:
    """What stands behind the comments. Zeros are padding, which gives or takes the difference if it can."""
    kept = rest.rstrip(b"\0")
    padding = len(rest) - len(kept)
    if kept not in (b"", FRAMING):  # data of other programs; in Opus, zeros may belong to it
        return rest
    return kept + bytes(room - len(kept) if padding and room >= len(kept) else padding)


def _page(file: BinaryIO) -> OggPage:
    try:
        return OggPage(file)
    except (MutagenError, EOFError, ValueError) as error:
        raise RefusedError("its pages are damaged or cut short") from error


def _size(file: BinaryIO) -> int:
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size
