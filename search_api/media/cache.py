"""A disk cache of files derived from audio files: each is made once, and the least recently used are evicted."""

import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from polymuse.errors import UnavailableError
from polymuse.files import SUFFIX, make_directories, replacing
from polymuse.pool import Pool
from search_api.media.file_answers import OpenFile
from search_api.media.making import Maker, make, prepare, unwritable

ABANDONED = 3600.0  # seconds after which an unfinished file is considered abandoned

logger = logging.getLogger(__name__)


class MediaCache(AbstractContextManager["MediaCache"]):
    """Files by key in a directory of at most `max_bytes`, made one at a time in a separate process.

    Thread-safe. The directory may be deleted at any time.
    """

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._making = threading.Lock()
        self._pool = Pool(1, prepare)
        self._closed = threading.Event()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        with self._making:
            self._pool.close()

    def check_open(self) -> None:
        """Raise UnavailableError if the cache is closed; long computations call this now and then."""
        if self._closed.is_set():
            raise UnavailableError("The service is shutting down", "Try again when it is back")

    def find(self, key: str) -> OpenFile | None:
        """The file if it exists, marked as used now. `key` is a plain file name."""
        path = self._directory / key
        try:
            found = OpenFile.open(path)
        except OSError:
            return None
        try:
            # The access time records the last use; the modification time is part of the ETag.
            os.utime(path, ns=(time.time_ns(), found.mtime_ns))
        except OSError as error:  # it was deleted meanwhile
            logger.debug("cannot mark %s as used: %s", path, error)
        return found

    def newest(self, prefix: str) -> OpenFile | None:
        """The newest file whose key starts with `prefix`, or None."""
        made = []
        for path in self._directory.glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                made.append((path.stat().st_mtime_ns, path.name))
        return self.find(max(made)[1]) if made else None

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A temporary directory on the same disk. Raises UnavailableError if it cannot be created."""
        try:
            make_directories(self._directory)
            directory = tempfile.TemporaryDirectory(SUFFIX, dir=self._directory, ignore_cleanup_errors=True)
        except OSError as error:
            raise unwritable(self._directory, error) from error
        with directory as name:
            yield Path(name)

    def get(self, key: str, maker: Maker, source: Path, seconds: float) -> OpenFile:
        """The file. If it is missing, wait until it is made from `source`, at most `seconds`.

        Raises BadAudioError for a source that crashes the maker, takes too long or is not audio, and UnavailableError
        if the directory cannot be written.
        """
        with self._making:
            self.check_open()
            return self.find(key) or self._made(key, maker, source, seconds)

    def _made(self, key: str, maker: Maker, source: Path, seconds: float) -> OpenFile:
        path = self._directory / key
        try:
            make_directories(self._directory)
            with replacing(path) as part:
                self._run(maker, source, part, seconds)
            made = OpenFile.open(path)
        except OSError as error:
            raise unwritable(self._directory, error) from error
        self._evict(path)
        return made

    def _run(self, maker: Maker, source: Path, target: Path, seconds: float) -> None:
        task = self._pool.submit(make, (maker, source, target), seconds)
        while not self._pool.wait([task]):
            self.check_open()
        if task.error is not None:
            raise task.error

    def _evict(self, newest: Path) -> None:
        """Delete the least recently used files until the rest fit; `newest` is kept whatever its size."""
        files = []
        for path in self._directory.iterdir():
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if path.suffix != SUFFIX:
                files.append((status.st_atime_ns, status.st_size, path))
            elif time.time() - status.st_mtime > ABANDONED:
                _remove(path)
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._max_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)  # open readers are not affected
                total -= size


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
