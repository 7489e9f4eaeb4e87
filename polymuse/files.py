"""Files and directories that survive a loss of power: complete or not at all, whatever interrupts the writing."""

import errno
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

PREFIX, SUFFIX = ".polymuse-", ".part"  # of temporary files; unfinished downloads have other names
NOT_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM)  # fsync(2) of directories: SMB, FUSE


@overload
@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]: ...
@overload
@contextmanager
def write_atomically(path: Path, mode: Literal["w"]) -> Iterator[TextIO]: ...
@contextmanager
def write_atomically(path: Path, mode: str = "wb") -> Iterator[IO]:
    r"""A binary stream, or with "w" a text stream (UTF-8, "\n"), whose content becomes the file `path` at the end.

    See `replacing`. Raises OSError.
    """
    encoding, newline = (None, None) if mode == "wb" else ("utf-8", "\n")
    with replacing(path) as part, part.open(mode, encoding=encoding, newline=newline) as stream:
        yield stream


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty temporary file next to `path`, which replaces it at the end.

    Its content is synced to the disk first. It gets the permissions of the file that it replaces, or those of a new
    file. It is removed if anything fails. A device or a pipe is written to directly, not replaced. Raises OSError.
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
        part.chmod(mode)  # also if the writer replaced the file
        part.replace(path)
        sync_directory(path.parent)
    finally:
        claim.close()
        part.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Rename a file or directory; the new name survives a loss of power. Raises OSError."""
    source.replace(target)
    sync_directory(target.parent)
    if source.parent != target.parent:
        sync_directory(source.parent)


def make_directories(path: Path) -> None:
    """Create a directory and those above it, if they are missing; they survive a loss of power. Raises OSError.

    New ones are for this user only: the library says what music somebody has, and where. In a directory that a group
    may write to, and others may not enter, they are for the group as well.
    """
    new = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(new):
        shared = each.parent.stat().st_mode & 0o027 == stat.S_IWGRP
        each.mkdir(mode=0o770 if shared else 0o700, exist_ok=True)
    path.mkdir(exist_ok=True)  # raises the error if it is a file
    for each in new:
        sync_directory(each.parent)


def sync_directory(directory: Path) -> None:
    """Sync the names in a directory to the disk. File systems that cannot do this are left alone; raises OSError."""
    if sys.platform == "win32":  # directories cannot be opened there
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_SYNCED:
            raise
    finally:
        os.close(descriptor)


def sync_tree(directory: Path) -> None:
    """Sync the names in a directory and in all directories below it. Raises OSError."""
    for folder, _, _ in os.walk(directory):
        sync_directory(Path(folder))


def leftovers(directory: Path) -> list[Path]:
    """The temporary files that killed processes have left below a directory."""
    return sorted(part for part in directory.rglob(f"{PREFIX}*{SUFFIX}") if not _is_held(part))


def leftovers_in(folder: Path) -> list[Path]:
    """The temporary files that killed processes have left in one folder."""
    return sorted(part for part in folder.glob(f"{PREFIX}*{SUFFIX}") if not _is_held(part))


def _hold(claim: BinaryIO) -> None:
    """Locks a temporary file while it is open, so that it does not count as a leftover."""
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
    except OSError:  # it is locked, cannot be locked, or has been moved into place
        return True
    return False
