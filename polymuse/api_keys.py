"""API keys at rest: configuration files hold their SHA-256, from which no key can be found.

A plain hash is enough because keys are random, 256 bits of it; passwords would need a slow one.
"""

import hashlib
import re
import secrets
from enum import StrEnum


class Scope(StrEnum):
    """What a key opens."""

    READ = "read"
    ADMIN = "admin"  # all that `read` does, and the figures of the service


STORED_KEY = re.compile(r"(read|admin):([0-9a-f]{64})")


def new_key(scope: Scope) -> str:
    """A key that nobody can guess. Its start says what it is, to people and to scanners for leaked secrets."""
    return f"polymuse_{scope}_{secrets.token_urlsafe(32)}"


def stored_form(key: str, scope: Scope) -> str:
    """What stands in the setting api_keys: `read:<sha256 in hex>`."""
    return f"{scope}:{hashlib.sha256(key.encode()).hexdigest()}"
