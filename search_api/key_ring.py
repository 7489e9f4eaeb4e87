"""The API keys of the settings."""

import hashlib
import hmac
from dataclasses import dataclass

from polymuse.api_keys import STORED_KEY, Scope, stored_form
from polymuse.settings import Settings


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. `id` stands for it at rest, and changes with the key."""

    id: str
    scope: Scope


class KeyRing:
    """The keys that clients may send."""

    def __init__(self, settings: Settings) -> None:
        stored = list(settings.api_keys)
        if settings.api_key is not None:
            stored.append(stored_form(settings.api_key.get_secret_value(), Scope.ADMIN))
        found = [STORED_KEY.fullmatch(entry) for entry in stored]
        digests = [(Scope(match[1]), bytes.fromhex(match[2])) for match in found if match]
        self._keys = [(digest, Key(_id(digest), scope)) for scope, digest in digests]

    def __bool__(self) -> bool:
        """Whether there is any key: without one, no request needs a key."""
        return bool(self._keys)

    def find(self, offered: bytes) -> Key | None:
        """The key that was offered; None if it is wrong. Takes constant time for all keys of a length."""
        digest = hashlib.sha256(offered).digest()
        return _strongest([key for known, key in self._keys if hmac.compare_digest(digest, known)])

    def by_id(self, id_: str) -> Key | None:
        """The key with this id; None if it has been removed from the settings."""
        return _strongest([key for _, key in self._keys if key.id == id_])


def _strongest(keys: list[Key]) -> Key | None:
    """The settings may list a key once with each scope."""
    return max(keys, key=lambda key: key.scope is Scope.ADMIN, default=None)


def _id(digest: bytes) -> str:
    return hashlib.sha256(b"id of " + digest).hexdigest()[:16]
