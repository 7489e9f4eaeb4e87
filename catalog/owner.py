"""The process that owns a store: its lock, and its description for the others.

    owner.lock   locked while the store is open
    owner.json   {"pid", "command", "since", "shared", "address"}, readable by the user alone

`shared` says whether the owner answers for others (`catalog.owner_socket`), and `address` where, once it does.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import portalocker

from polymuse.errors import UnavailableError
from polymuse.files import write_atomically


class InUseError(UnavailableError):
    """The store is open in another process."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that had the store open when it wrote this; it may be gone."""

    name: str  # for display
    shared: bool = False
    address: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, path: Path) -> "Owner":
        """The owner of the store `path`."""
        try:
            found = json.loads((path / "owner.json").read_text("utf-8"))
            name = f"process {found['pid']} ({found['command']}), since {found['since']}"
            address = found.get("address")
            return cls(name, found.get("shared") is True, address if isinstance(address, dict) else None)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # it has the lock but has not written it yet
            return cls("another process", shared=True)


def lock(path: Path, *, shared: bool) -> IO[str]:
    """The open, locked file of the store `path`. Raises InUseError if another process holds the lock, and OSError."""
    handle = (path / "owner.lock").open("a")
    try:
        portalocker.lock(handle, portalocker.LOCK_EX | portalocker.LOCK_NB)
    except portalocker.LockException as error:
        handle.close()
        raise InUseError(
            f"The store {path} is in use by {Owner.of(path).name}",
            "Stop that process and run the command again, or choose another POLYMUSE_HOME.",
        ) from error
    try:
        announce(path, shared=shared)
    except OSError:
        handle.close()
        raise
    return handle


def announce(path: Path, *, shared: bool, address: Mapping[str, Any] | None = None) -> None:
    """Describe this process as the owner of the store `path`. Raises OSError."""
    about = {"pid": os.getpid(), "command": _command(), "since": _now(), "shared": shared, "address": address}
    described = path / "owner.json"
    described.touch(0o600)
    described.chmod(0o600)  # the address may hold a secret; the new file gets the mode of the one it replaces
    with write_atomically(described, "w") as file:
        json.dump(about, file)


def withdraw(path: Path) -> None:
    """Remove the description, before the lock is released."""
    (path / "owner.json").unlink(missing_ok=True)


def _command() -> str:
    """The program and its subcommand; further arguments may contain secrets."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.stem
    return " ".join([name or "python", *sys.argv[1:2]])


def _now() -> str:
    return datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
