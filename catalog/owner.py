"""The process that owns a store: its lock, and its description for the others.

    owner.lock   locked while the store is open
    owner.json   {"pid", "command", "host", "since", "shared", "address"}, readable by the user alone

`shared` says whether the owner answers for others (`catalog.owner_socket`), and `address` where, once it does.
"""

import errno
import json
import logging
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import portalocker

from polymuse.errors import UnavailableError
from polymuse.files import write_atomically
from polymuse.mounts import REMOTE, file_system_of
from polymuse.parse_json import parse_json
from polymuse.paths import printable

FULL = (errno.ENOSPC, errno.EDQUOT)
logger = logging.getLogger(__name__)


class InUseError(UnavailableError):
    """The store is open in another process."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that had the store open when it wrote this; it may be gone."""

    name: str  # for display
    shared: bool = False
    address: Mapping[str, Any] | None = None
    host: str = ""  # name of its machine or container, if it is another one

    @classmethod
    def of(cls, path: Path) -> "Owner":
        """The owner of the store `path`."""
        try:
            found = parse_json((path / "owner.json").read_text("utf-8"))
            host = str(found.get("host", ""))
            host = "" if host == platform.node() else host
            place = f" on {host}" if host else ""
            name = printable(f"process {found['pid']} ({found['command']}){place}, since {found['since']}")
            address = found.get("address")
            return cls(name, found.get("shared") is True, address if isinstance(address, dict) else None, host)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # it has the lock but has not written it yet
            return cls("another process", shared=True)


def lock(path: Path, *, shared: bool) -> IO[str]:
    """The open, locked file of the store `path`. Raises InUseError if another process holds the lock, and OSError."""
    handle = (path / "owner.lock").open("a")
    try:
        portalocker.lock(handle, portalocker.LOCK_EX | portalocker.LOCK_NB)
    except portalocker.AlreadyLocked as error:
        handle.close()
        owner = Owner.of(path)
        raise InUseError(f"The store {path} is in use by {owner.name}", advice(owner)) from error
    except portalocker.LockException as error:
        handle.close()
        raise UnavailableError(
            f"The store {path} cannot be locked: {_reason(error)}",
            "Its file system has no locks. Move POLYMUSE_HOME to a disk of this machine, mount it with locks, or use a "
            "Qdrant server.",
        ) from error
    _warn_of_other_host(path)
    try:
        announce(path, shared=shared)
    except OSError as error:
        if error.errno not in FULL:  # reading works on a full disk
            handle.close()
            raise
        logger.warning("the disk of the store %s is full, so other processes cannot use the store meanwhile", path)
    return handle


def advice(owner: Owner) -> str:
    """What to do about an owner that cannot be asked."""
    if owner.host:
        return (
            "Stop that process. Several machines cannot share an embedded store: use a Qdrant server, or another "
            "POLYMUSE_HOME on each."
        )
    return "Stop that process and run the command again, or choose another POLYMUSE_HOME."


def _warn_of_other_host(path: Path) -> None:
    """Some network file systems keep the locks of each machine to itself."""
    before = Owner.of(path)
    if before.host and REMOTE.fullmatch(file_system_of(path)):
        logger.warning("%s did not close the store %s; if it is still running, stop it now", before.name, path)


def _reason(error: portalocker.LockException) -> str:
    [cause, *_] = error.args or (None,)
    return (cause.strerror if isinstance(cause, OSError) else error.strerror) or "unknown error"


def announce(path: Path, *, shared: bool, address: Mapping[str, Any] | None = None) -> None:
    """Describe this process as the owner of the store `path`. Raises OSError."""
    about = {"pid": os.getpid(), "command": _command(), "host": platform.node(), "since": _now()}
    described = path / "owner.json"
    described.touch(0o600)
    described.chmod(0o600)  # the address may hold a secret; the new file gets the mode of the one it replaces
    with write_atomically(described, "w") as file:
        json.dump(about | {"shared": shared, "address": address}, file)


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
