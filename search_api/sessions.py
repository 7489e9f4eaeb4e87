"""Sessions: cookies in place of a key. They are kept in a file, so that they survive restarts."""

import hashlib
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from polymuse.api_keys import Scope
from polymuse.files import make_directories, replacing
from polymuse.parse_json import parse_json

SHORT_SECONDS = 12 * 3600
KEPT_SECONDS = 30 * 24 * 3600
MAX_OF_A_KEY = 200  # the oldest of the key end first; about 40 kB
MAX_FILE = 16 << 20  # bytes

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie permits, and until when."""

    key: str  # id of the key that it stands for, and with which it ends
    scope: Scope
    end: float  # seconds since the epoch
    kept: bool = False  # whether the cookie outlives the browser
    by_link: bool = False  # whether a one-time link opened it


class Sessions:
    """The sessions of a home directory. The file holds hashes of the cookies: who reads it cannot use them.

    Several services may share the file. Deleting it ends all sessions. If it cannot be written, sessions are kept in
    memory, and the log says so.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}  # hash of the cookie -> session, the oldest first
        self._read: tuple[int, int, int] | None = None  # state of the file when it was read
        self._unwritten = False

    def open(self, key: str, scope: Scope, *, kept: bool, by_link: bool = False) -> tuple[str, Session]:
        """A new session, and the value of its cookie."""
        cookie = secrets.token_urlsafe(32)
        end = self._clock() + (KEPT_SECONDS if kept else SHORT_SECONDS)
        session = Session(key, scope, end, kept, by_link)
        with self._lock:
            self._refresh()
            self._sessions[_hash(cookie)] = session
            self._prune(key)
            self._write()
        return cookie, session

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it is unknown or has ended."""
        with self._lock:
            self._refresh()
            session = self._sessions.get(_hash(cookie))
        return session if session is not None and session.end > self._clock() else None

    def close(self, cookie: str) -> None:
        """End a session, if there is such a one."""
        with self._lock:
            self._refresh()
            if self._sessions.pop(_hash(cookie), None) is not None:
                self._write()

    def _prune(self, key: str) -> None:
        """Forget those that have ended, and the oldest of a key that has too many: no key ends those of another."""
        now = self._clock()
        self._sessions = {hashed: session for hashed, session in self._sessions.items() if session.end > now}
        own = [hashed for hashed, session in self._sessions.items() if session.key == key]
        for hashed in own[:-MAX_OF_A_KEY]:
            del self._sessions[hashed]

    def _refresh(self) -> None:
        """Read the file if it has changed."""
        if self._unwritten:
            return
        found = _state(self._path)
        if found != self._read:
            self._sessions = _read(self._path) if found else {}
            self._read = found

    def _write(self) -> None:
        try:
            make_directories(self._path.parent)
            _make_private(self._path)
            with replacing(self._path) as part:
                part.chmod(0o600)
                part.write_text(json.dumps({hashed: asdict(each) for hashed, each in self._sessions.items()}), "utf-8")
            self._read = _state(self._path)
            self._unwritten = False
        except OSError as error:
            if not self._unwritten:
                logger.warning("sessions end with this process: cannot write %s: %s", self._path, error.strerror)
            self._unwritten = True


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _make_private(path: Path) -> None:
    """Create the file for this user only; what replaces it later gets its permissions."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _read(path: Path) -> dict[str, Session]:
    """Nothing if it is not a file of sessions: everybody signs in again."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
        entries = parse_json(content) if content and len(content) <= MAX_FILE else {}
        return {hashed: _session(**entry) for hashed, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        logger.warning("the sessions in %s cannot be read, so everybody signs in again: %r", path, error)
        return {}


def _session(key: str, scope: str, end: float, *, kept: bool, by_link: bool) -> Session:
    return Session(str(key), Scope(scope), float(end), bool(kept), bool(by_link))
