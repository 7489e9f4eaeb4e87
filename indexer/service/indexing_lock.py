"""One service at a time keeps a library up to date."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from polymuse.files import make_directories


class IndexingLock:
    """A lock on a file, which the system releases when the process ends, however it does. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._guard = threading.Lock()

    def take(self) -> bool:
        """Whether this process holds the lock, taking it if it is free."""
        import portalocker  # slow to import

        with self._guard:
            if self._file is not None:
                return True
            file = None
            try:
                make_directories(self._path.parent)
                file = self._path.open("a")
                portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except (OSError, portalocker.LockException):
                if file is not None:
                    file.close()
                return False
            self._file = file
            return True

    def release(self) -> None:
        with self._guard, suppress(OSError):
            if self._file is not None:
                self._file.close()
                self._file = None
