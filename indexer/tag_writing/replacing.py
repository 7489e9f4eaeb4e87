"""Write tags into one file: a new file is made beside it, verified, and takes its place; or nothing changes."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import mutagen
from mutagen import MutagenError

from indexer.file_tags.reading import PARSER_ERRORS
from indexer.identity import identify
from indexer.tag_writing.attributes import check_single, keep_attributes
from indexer.tag_writing.containers import container_of
from indexer.tag_writing.file_locks import check_unlocked
from indexer.tag_writing.items import Container, RefusedError, TagArea
from polymuse.errors import BadAudioError, UserError
from polymuse.files import leftovers_in, replacing

T = TypeVar("T")

CHANGED = "it has changed since its tags were read"
WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file whose tags were read."""

    path: Path  # without symbolic links
    status: os.stat_result
    container: Container
    area: TagArea
    reader: Callable[[Path], object]  # of mutagen, which must read the new file as well


@dataclass(frozen=True, slots=True)
class Options:
    """How files are replaced."""

    keep_mtime: bool = False
    split_links: bool = False  # whether a file with several names gets a file of its own


def open_tags(path: Path, options: Options = Options()) -> OpenedFile:
    """Read the tags of a file. Raises RefusedError, and OSError if it cannot be read."""
    real = Path(os.path.realpath(path))
    with _opened(real) as file:
        status = os.fstat(file.fileno())
        if not status.st_mode & WRITABLE or not os.access(real, os.W_OK):  # although it could be replaced
            raise RefusedError("it is read-only")
        if not options.split_links:
            check_single(status)
        container = container_of(real, file)
        area = _understood(lambda: container.read(file))
    seen = _understood(lambda: mutagen.File(real))  # type: ignore[attr-defined]  # what it refuses is not written
    if seen is None:
        raise RefusedError("it is not what its name or its first bytes say")
    return OpenedFile(real, status, container, area, type(seen))


def replace_tags(
    opened: OpenedFile, items: Sequence[bytes], track_id: str, announce: Callable[[], None], options: Options
) -> os.stat_result:
    """Give a file these tags, and return its new status.

    `announce` is called when the new file is complete, just before it takes the place of the old one. Raises
    RefusedError, OSError, and what `announce` raises; the file is as it was then.
    """
    path, container = opened.path, opened.container
    _check_track(path, track_id, "its audio is not what the library has: run polymuse index first")
    with replacing(path) as part:
        with _opened(path) as source:
            if _moment(os.fstat(source.fileno())) != _moment(opened.status):
                raise RefusedError(CHANGED)
            check_unlocked(source)
            with part.open("r+b") as target:
                _understood(lambda: container.write(source, target, items, opened.area.kind))
                target.flush()
                _verify(opened, source, target, items)
        _understood(lambda: opened.reader(part))
        _check_track(part, track_id, "its audio would not be the same afterwards")
        keep_attributes(path, part)
        if options.keep_mtime:
            os.utime(part, ns=(opened.status.st_atime_ns, opened.status.st_mtime_ns))
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        announce()
        if _moment(path.stat()) != _moment(opened.status):
            raise RefusedError(CHANGED)
    return path.stat()


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed runs have left in a folder."""
    for part in leftovers_in(folder):
        part.unlink(missing_ok=True)


def _verify(opened: OpenedFile, source: BinaryIO, target: BinaryIO, items: Sequence[bytes]) -> None:
    """Raises RefusedError unless the new file has exactly these tags, and all else is as it was."""
    container = opened.container
    area = _understood(lambda: container.read(target))
    if [item.raw for item in area.items] != [*items] or (items and area.kind != opened.area.kind):
        raise RefusedError("its tags would not be those that were written")
    before, after = (_understood(lambda file=file: container.outside(file)) for file in (source, target))
    if before != after:
        raise RefusedError("more than its tags would change")


def _check_track(path: Path, track_id: str, message: str) -> None:
    try:
        found = identify(path).track_id
    except BadAudioError as error:
        raise RefusedError("its audio cannot be read") from error
    if found != track_id:
        raise RefusedError(message)


def _understood(read: Callable[[], T]) -> T:
    """The result. Raises RefusedError for what a parser of tags raises."""
    try:
        return read()
    except (UserError, OSError):
        raise
    except (MutagenError, *PARSER_ERRORS) as error:
        raise RefusedError(f"its tags are damaged ({type(error).__name__})") from error


def _opened(path: Path) -> BinaryIO:
    if not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError("it is no file")
    return path.open("rb")


def _moment(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
