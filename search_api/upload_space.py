"""The disk space of uploads: bounded, checked before an upload is received, and freed after a crash."""

import errno
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

import portalocker

from polymuse.errors import UserError
from search_api.problems import BusyError

PREFIX = "polymuse-uploads-"
LOCK = "lock"
UPLOADS = 5  # of the largest size: one is analysed and four wait
COPIES = 2  # of an upload: as received, and as analysed
SPARE = 16 << 20  # bytes that stay free
FULL = (errno.ENOSPC, errno.EDQUOT)


class NoSpaceError(UserError):
    """An upload that the temporary directory has no room for."""

    kind: ClassVar[str] = "no-space"
    http_status: ClassVar[int] = 507


class UploadSpace:
    """A directory for uploads of at most `largest` bytes each."""

    def __init__(self, directory: Path, largest: int) -> None:
        self.directory = directory
        self._largest = largest
        self._reserved = 0  # bytes
        self._lock = threading.Lock()

    @contextmanager
    def reserve(self, declared: int | None) -> Iterator[Path]:
        """A new directory for an upload of `declared` bytes, None if its client does not say; it is deleted afterwards.

        Raises BusyError if the uploads in progress take too much, NoSpaceError if the disk is full or becomes so.
        """
        size = self._largest if declared is None else min(declared, self._largest)
        with self._lock:
            self.directory.mkdir(mode=0o700, exist_ok=True)  # systems clean up what is unused for days
            if self._reserved + size > UPLOADS * self._largest:
                raise BusyError("Too many uploads are waiting", "Try again in a moment", retry_after=10)
            if shutil.disk_usage(self.directory).free < COPIES * (self._reserved + size) + SPARE:
                raise self._no_space()
            self._reserved += size
        try:
            with tempfile.TemporaryDirectory(dir=self.directory, ignore_cleanup_errors=True) as own:
                yield Path(own)
        except OSError as error:
            if error.errno in FULL:
                raise self._no_space() from error
            raise
        finally:
            with self._lock:
                self._reserved -= size

    def _no_space(self) -> NoSpaceError:
        return NoSpaceError(
            f"The service has no room for this upload in {self.directory.parent}",
            "Free some space there, or set TMPDIR to a directory with more and start the service again",
        )


@contextmanager
def open_upload_space(largest: int) -> Iterator[UploadSpace]:
    """A directory below the temporary one, locked as long as it is in use; those of crashed services are deleted."""
    sweep(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as own,
        (Path(own) / LOCK).open("w") as lock,
    ):
        with suppress(portalocker.LockException):  # some file systems have no locks
            portalocker.lock(lock, portalocker.LOCK_EX | portalocker.LOCK_NB)
        yield UploadSpace(Path(own), largest)


def sweep(parent: Path) -> None:
    """Delete the directories that nobody has locked."""
    for directory in parent.glob(f"{PREFIX}*"):
        with suppress(OSError, portalocker.LockException), (directory / LOCK).open("r+") as lock:
            portalocker.lock(lock, portalocker.LOCK_EX | portalocker.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
