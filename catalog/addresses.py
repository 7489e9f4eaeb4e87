"""Addresses at which the owner of a store answers: a Unix socket of its user, elsewhere a port of loopback.

{"unix": "/home/u/.local/share/polymuse/store/tracks__starter/owner.sock"}
{"port": 40123, "secret": "..."}                 where Unix sockets do not exist; owner.json is private
"""

import hashlib
import logging
import os
import secrets
import socket
import stat
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import platformdirs

UNIX = sys.platform != "win32"
MAX_PATH = 98  # bytes of the path of a socket; systems allow 104 or 108, and it has a longer name at first
CONNECT_SECONDS = 5.0
BACKLOG = 64  # processes that may wait to be accepted
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of Linux

logger = logging.getLogger(__name__)


def bind(path: Path) -> tuple[socket.socket, dict[str, Any]]:
    """A listening, non-blocking socket for the owner of the store `path`, and its address. Raises OSError."""
    if not UNIX:
        return bind_loopback()
    for where in _places(path):
        if len(os.fsencode(where)) > MAX_PATH or not _is_private(where.parent):
            continue
        try:
            return bind_unix(where), {"unix": str(where)}
        except OSError as error:  # not every file system has sockets
            logger.debug("no socket at %s: %s", where, error)
    raise OSError("no private folder allows a socket")


def bind_unix(path: Path) -> socket.socket:
    """A listening socket that replaces any at `path`. The lock of the store is held: an old one was left by a kill."""
    unfinished = path.with_name(f"{path.name}{secrets.token_hex(2)}")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(unfinished))
        unfinished.chmod(0o600)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        unfinished.replace(path)
    except BaseException:
        listener.close()
        with suppress(OSError):
            unfinished.unlink()
        raise
    return listener


def bind_loopback() -> tuple[socket.socket, dict[str, Any]]:
    """A listening socket on loopback, and its address with a secret that others must send."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.setblocking(False)
    return listener, {"port": listener.getsockname()[1], "secret": secrets.token_hex(32)}


def connect(address: Mapping[str, Any], path: Path) -> socket.socket:
    """A connection to the owner of the store `path`. Raises OSError if nothing answers, or somebody else does."""
    if "unix" in address and UNIX:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: Any = str(address["unix"])
    else:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target = ("127.0.0.1", address.get("port", 0))
    try:
        connection.settimeout(CONNECT_SECONDS)
        connection.connect(target)
        check_user(connection, path)
    except (OverflowError, TypeError, ValueError) as error:  # from a damaged owner.json
        connection.close()
        raise OSError(f"{address} is not an address") from error
    except BaseException:
        connection.close()
        raise
    return connection


def check_user(connection: socket.socket, path: Path) -> None:
    """Raises PermissionError if the other side is neither this user, nor the one of the store `path`, nor root.

    On systems that do not tell, the permissions of the socket are the only protection.
    """
    if connection.family == socket.AF_INET or not hasattr(socket, "SO_PEERCRED"):
        return
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(found)
    if uid not in (0, os.geteuid(), path.stat().st_uid):
        raise PermissionError(f"the socket belongs to the user with the number {uid}")


def is_at(listener: socket.socket, address: Mapping[str, Any]) -> bool:
    """Whether there still is a socket at the address: something may have tidied it away."""
    if "unix" not in address:
        return True
    with suppress(OSError):
        return stat.S_ISSOCK(os.stat(address["unix"]).st_mode) and listener.fileno() >= 0  # noqa: PTH116
    return False


def _places(path: Path) -> Iterator[Path]:
    """Places for the socket: beside the lock, unless its path is too long or its disk has no sockets."""
    yield path / "owner.sock"
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
    with catch_warnings():
        simplefilter("ignore")  # about a system without runtime directories: a private one in /tmp does as well
        directory = platformdirs.user_runtime_path("polymuse")
    with suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield directory / f"{name}.sock"


def _is_private(directory: Path) -> bool:
    """Whether the directory belongs to this user, and nobody else can put something into it."""
    try:
        status = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
