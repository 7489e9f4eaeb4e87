"""Files made from audio files, kept on disk: each is made once, and the least used go when there are too many."""

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
from polymuse.files import SUFFIX, replacing
from polymuse.pool import Pool
from search_api.media.file_answers import OpenFile
from search_api.media.making import Maker, make, prepare, unwritable

ABANDONED = 3600.0  # seconds after which an unfinished file is one that nobody works on any more

logger = logging.getLogger(__name__)


class MediaCache(AbstractContextManager["MediaCache"]):
    """Files by key below a directory of `max_bytes`, made one at a time in a process of their own.

    May be used by any number of threads. The directory may be deleted at any time.
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
        """For work that takes long: raises UnavailableError when the service is about to end."""
        if self._closed.is_set():
            raise UnavailableError("The service is being stopped", "Ask again when it is back")

    def find(self, key: str) -> OpenFile | None:
        """The file, if it has been made, counted as used now. `key` is a plain file name."""
        path = self._directory / key
        try:
            found = OpenFile.open(path)
        except OSError:
            return None
        try:
            # Use is told by the time of access; that of modification is part of the ETag.
            os.utime(path, ns=(time.time_ns(), found.mtime_ns))
        except OSError as error:  # it was deleted meanwhile
            logger.debug("cannot mark %s as used: %s", path, error)
        return found

    def newest(self, prefix: str) -> OpenFile | None:
        """Of the files whose keys start like this, the one that was made last."""
        made = []
        for path in self._directory.glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                made.append((path.stat().st_mtime_ns, path.name))
        return self.find(max(made)[1]) if made else None

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A directory on the same disk that ends with the `with`. Raises UnavailableError where none can be made."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            directory = tempfile.TemporaryDirectory(SUFFIX, dir=self._directory, ignore_cleanup_errors=True)
        except OSError as error:
            raise unwritable(self._directory, error) from error
        with directory as name:
            yield Path(name)

    def get(self, key: str, maker: Maker, source: Path, seconds: float) -> OpenFile:
        """The file, made from `source` within so many seconds where it is missing; until then the caller waits.

        Raises BadAudioError for a source that crashes the maker, takes too long or is no audio, UnavailableError
        where the directory cannot be written.
        """
        with self._making:
            self.check_open()
            return self.find(key) or self._made(key, maker, source, seconds)

    def _made(self, key: str, maker: Maker, source: Path, seconds: float) -> OpenFile:
        path = self._directory / key
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                self._run(maker, source, part, seconds)
            made = OpenFile.open(path)
        except OSError as error:
            raise unwritable(self._directory, error) from error
        self._make_room(path)
        return made

    def _run(self, maker: Maker, source: Path, target: Path, seconds: float) -> None:
        task = self._pool.submit(make, (maker, source, target), seconds)
        while not self._pool.wait([task]):
            self.check_open()
        if task.error is not None:
            raise task.error

    def _make_room(self, newest: Path) -> None:
        """Deletes the files that were used least recently until the others fit; `newest` stays whatever its size."""
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
                path.unlink(missing_ok=True)  # who reads it reads on
                total -= size


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
