"""Who may read what Poly-Muse writes: the library is for its user only; what the user asks for follows the umask."""

import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

from polymuse.files import write_atomically
from polymuse.home import Home

PRIVATE = 0o077
VARIABLE = "_POLYMUSE_UMASK"  # the umask of the user, for the processes that this one starts
OTHERS, GROUP = 0o007, 0o070

_lock = threading.Lock()
_turns = 0  # blocks of `_users_turn` that are being run
_own_umask = PRIVATE  # outside of them


def keep_private() -> None:
    """From now on, new files and directories of this process and its children are for this user only.

    The store is written by an engine that has no other means for this than the umask.
    """
    users = os.umask(PRIVATE)
    os.environ.setdefault(VARIABLE, f"{users:o}")


@overload
@contextmanager
def write_for_user(path: Path) -> Iterator[BinaryIO]: ...
@overload
@contextmanager
def write_for_user(path: Path, mode: Literal["w"]) -> Iterator[TextIO]: ...
@contextmanager
def write_for_user(path: Path, mode: Any = "wb") -> Iterator[IO]:
    """`polymuse.files.write_atomically` for a file that the user asked for: a new one follows the umask of the user."""
    with ExitStack() as stack:
        with _users_turn():
            file = stack.enter_context(write_atomically(path, mode))
        yield file


def directory_for_user(path: Path) -> None:
    """Create a directory that the user asked for, and those above it, if they are missing. Raises OSError."""
    with _users_turn():
        path.mkdir(parents=True, exist_ok=True)


def protect(home: Home) -> None:
    """Takes from other users what earlier versions gave them in a home, and lets it be shared with a group.

    A home counts as shared if its group may write there, or has been given it by the set-group-ID bit or an ACL.
    Weights, links and what does not belong to a library stay as they are, and so does what cannot be changed: some file
    systems have no permissions.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        shared = bool(home.root.stat().st_mode & (stat.S_ISGID | stat.S_IWGRP)) or _has_acl(home.root)
        entries = list(home.root.iterdir())
        own = [path for path in entries if home.holds(path)]
        for path in filter(_open_to_others, own):
            for each in (path, *path.rglob("*")):
                _restrict(each, shared=shared)
        if {home.models, *own}.issuperset(entries) and _open_to_others(home.root):
            _restrict(home.root, shared=shared)
        if shared and VARIABLE in os.environ:
            os.umask(_users_umask() & GROUP | OTHERS)


@contextmanager
def _users_turn() -> Iterator[None]:
    """Within it, new files and directories follow the umask of the user, in all threads."""
    global _turns, _own_umask  # noqa: PLW0603  the umask is one for the process, too
    if VARIABLE not in os.environ:
        yield
        return
    with _lock:
        if not _turns:
            _own_umask = os.umask(_users_umask())
        _turns += 1
    try:
        yield
    finally:
        with _lock:
            _turns -= 1
            if not _turns:
                os.umask(_own_umask)


def _users_umask() -> int:
    try:
        return int(os.environ[VARIABLE], 8) & 0o777
    except ValueError:
        return PRIVATE


def _open_to_others(path: Path) -> bool:
    return bool(path.lstat().st_mode & OTHERS) and not path.is_symlink()


def _restrict(path: Path, *, shared: bool) -> None:
    with suppress(OSError):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~(OTHERS if shared else OTHERS | GROUP))


def _has_acl(path: Path) -> bool:
    with suppress(OSError, AttributeError):  # only Linux has these functions
        return "system.posix_acl_access" in os.listxattr(path)
    return False
