"""The API keys of the settings."""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from polymuse.api_keys import STORED_KEY, Scope, read_key_file, stored_form
from polymuse.errors import UserError
from polymuse.settings import Settings, config_file, load_settings, origins

LOOK_SECONDS = 1.0  # between looks at the files

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. `id` stands for it at rest, and changes with the key."""

    id: str
    scope: Scope


class KeyRing:
    """The keys that clients may send. Those of config.yaml and of a key file are read again when the file changes.

    While config.yaml has mistakes, its previous keys hold; without its file, a key does not. A service that has started
    with keys never opens without.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises UserError for a key file that holds no key."""
        self._settings = settings
        self._clock = clock
        config = config_file()
        self._from_config = bool(settings.api_keys) and origins(settings)["api_keys"] == str(config)
        files = (config if self._from_config else None, settings.api_key_file)
        self._files = [each for each in files if each is not None]
        self._states = [*map(_state, self._files)]
        self._next_look = clock() + LOOK_SECONDS
        self._stored = settings.api_keys
        self._problems: list[str] = []  # of the last look
        self._keys = self._read(self._key_of_file())
        self._is_closed = bool(self._keys)

    def __bool__(self) -> bool:
        """Whether there are keys: otherwise no request needs one."""
        return self._is_closed

    def find(self, offered: bytes) -> Key | None:
        """The key that was offered; None if it is wrong. Takes constant time for all keys of a length."""
        self._refresh()
        digest = hashlib.sha256(offered).digest()
        return _strongest([key for known, key in self._keys if hmac.compare_digest(digest, known)])

    def by_id(self, id_: str) -> Key | None:
        """The key with this id; None if it has been removed from the settings."""
        self._refresh()
        return _strongest([key for _, key in self._keys if key.id == id_])

    def _refresh(self) -> None:
        if not self._files or self._clock() < self._next_look:
            return
        self._next_look = self._clock() + LOOK_SECONDS
        states = [*map(_state, self._files)]
        if states == self._states and not self._problems:  # a file may be unreadable for other reasons than a change
            return
        self._states = states
        problems: list[str] = []
        of_file: list[str] = []
        try:
            of_file = self._key_of_file()
        except UserError as error:
            problems.append(f"the key of the file ends until it is back: {error}")
        try:
            self._stored = load_settings().api_keys if self._from_config else self._stored
        except UserError as error:
            problems.append(f"the previous keys of config.yaml hold: {error}")
        self._keys = self._read(of_file)
        for problem in problems:
            if problem not in self._problems:
                logger.warning("%s", problem)
        if not problems:
            logger.info("the keys were read again: %d", len(self._keys))
        self._problems = problems

    def _key_of_file(self) -> list[str]:
        """Raises UserError if the file does not hold a key."""
        path = self._settings.api_key_file
        return [] if path is None else [read_key_file(path)]

    def _read(self, of_file: list[str]) -> list[tuple[bytes, Key]]:
        """(digest, key) of all keys."""
        given = self._settings.api_key
        plain = of_file if given is None else [given.get_secret_value(), *of_file]
        entries = (*self._stored, *(stored_form(key, Scope.ADMIN) for key in plain))
        found = [STORED_KEY.fullmatch(entry) for entry in entries]
        digests = [(Scope(match[1]), bytes.fromhex(match[2])) for match in found if match]
        return [(digest, Key(_id(digest), scope)) for scope, digest in digests]


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_size  # changes with the permissions too


def _strongest(keys: list[Key]) -> Key | None:
    """The settings may list a key once with each scope."""
    return max(keys, key=lambda key: key.scope is Scope.ADMIN, default=None)


def _id(digest: bytes) -> str:
    return hashlib.sha256(b"id of " + digest).hexdigest()[:16]
