"""Files that appear whole or not at all, whatever interrupts their writing."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, BinaryIO, Literal, TextIO, overload

if sys.platform != "win32":
    import fcntl

PREFIX, SUFFIX = ".polymuse-", ".part"  # of the temporary files; unfinished downloads, which are resumed, have others


@overload
@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]: ...
@overload
@contextmanager
def write_atomically(path: Path, mode: Literal["w"]) -> Iterator[TextIO]: ...
@contextmanager
def write_atomically(path: Path, mode: str = "wb") -> Iterator[IO]:
    r"""A binary stream, or a text stream (UTF-8, "\n") with "w", whose content becomes the file `path` at the end.

    See `replacing`. Raises OSError.
    """
    encoding, newline = (None, None) if mode == "wb" else ("utf-8", "\n")
    with replacing(path) as part, part.open(mode, encoding=encoding, newline=newline) as stream:
        yield stream


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty temporary file beside `path`, to be written by whatever writes files; at the end it takes that place.

    Its content is on the disk before. It gets the permissions of the file that it replaces, those of any new file if
    there is none. It is removed if anything fails. A device or a pipe is written to and never replaced. Raises OSError.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    part = path.with_name(f"{PREFIX}{token_hex(8)}{SUFFIX}")
    claim = part.open("xb")
    try:
        mode = stat.S_IMODE(os.fstat(claim.fileno()).st_mode)  # of any new file
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.stat().st_mode)
        _hold(claim)
        yield part
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        part.chmod(mode)  # also where the writer made another file with this name
        part.replace(path)
        _sync_directory(path.parent)
    finally:
        claim.close()
        part.unlink(missing_ok=True)


def leftovers(directory: Path) -> list[Path]:
    """The temporary files below a directory that killed processes have left."""
    return sorted(part for part in directory.rglob(f"{PREFIX}*{SUFFIX}") if not _is_held(part))


def _hold(claim: BinaryIO) -> None:
    """Lock a temporary file for as long as it is open, so that nobody takes it for a leftover."""
    if sys.platform == "win32":
        claim.close()  # an open file cannot be replaced there, nor deleted by others
        return
    with suppress(OSError):  # some network file systems have no locks
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(part: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        with part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # it is locked, cannot be locked, or is in its place by now
        return True
    return False


def _sync_directory(directory: Path) -> None:
    """Bring a new name onto the disk, where the system can do that: the file is in its place anyway."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
