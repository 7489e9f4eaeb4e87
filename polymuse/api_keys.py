"""API keys at rest: configuration files hold only their SHA-256.

A plain hash suffices because keys have 256 random bits; passwords would need a slow one.
"""

import hashlib
import re
import secrets
from enum import StrEnum
from pathlib import Path

from polymuse.errors import UserError
from polymuse.paths import printable

MAX_KEY = 1000  # characters


class Scope(StrEnum):
    """What a key permits."""

    READ = "read"
    ADMIN = "admin"  # as `read`, and the folders, jobs, own descriptors, marks and metrics of the service


STORED_KEY = re.compile(r"(read|admin):([0-9a-f]{64})")


def new_key(scope: Scope) -> str:
    """A random key. Its prefix identifies it to people and to secret scanners."""
    return f"polymuse_{scope}_{secrets.token_urlsafe(32)}"


def stored_form(key: str, scope: Scope) -> str:
    """The form of a key in the setting api_keys: `read:<sha256 in hex>`."""
    return f"{scope}:{hashlib.sha256(key.encode()).hexdigest()}"


def read_key_file(path: Path) -> str:
    """The key in a file, without white space around it. Raises UserError."""
    advice = "Write a key into it, such as one of `polymuse keys new`, and nothing else"
    try:
        with path.open("rb") as file:
            key = file.read(4 * MAX_KEY).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The key in {printable(path)} cannot be read: {error}", advice) from error
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise UserError(f"{printable(path)} does not hold a key", advice)
    return key
