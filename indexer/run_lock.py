"""The lock of a run: others see by it that the run has not crashed."""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import IO

import portalocker

from polymuse.errors import UnavailableError
from polymuse.paths import printable

_EXCLUSIVE = portalocker.LOCK_EX | portalocker.LOCK_NB


class RunLock:
    """A file beside the journal, locked from `hold` to `release` or the end of the process, however it ends."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self.name = secrets.token_hex(8)
        self._held: IO[str] | None = None

    def hold(self) -> None:
        """Take the lock, if this run does not have it; alone with the journal, as `others`. Raises UnavailableError."""
        if self._held is not None:
            return
        path = self._path(self.name)
        try:
            self._held = path.open("a")
        except OSError as error:
            raise UnavailableError(
                f"{printable(path)} cannot be written: {error.strerror}",
                "Check the permissions and free space of its disk, and run the command again",
            ) from error
        with suppress(portalocker.LockException):  # some network file systems have no locks
            portalocker.lock(self._held, _EXCLUSIVE)

    def release(self) -> None:
        """Release the lock, if this run has it."""
        if self._held is not None:
            self._held.close()
            self._held = None
            self._path(self.name).unlink(missing_ok=True)

    def others(self) -> set[str]:
        """The names of the other runs that hold their locks. Files of those that crashed are removed."""
        alive = set()
        for path in self._journal.parent.glob(self._path("*").name):
            name = path.name.removeprefix(f"{self._journal.stem}.").removesuffix(".lock")
            if name == self.name:
                continue
            try:
                with path.open("a") as file:
                    portalocker.lock(file, _EXCLUSIVE)
                    path.unlink(missing_ok=True)
            except portalocker.LockException:
                alive.add(name)
            except OSError:  # it has just ended
                continue
        return alive

    def _path(self, name: str) -> Path:
        return self._journal.with_name(f"{self._journal.stem}.{name}.lock")
