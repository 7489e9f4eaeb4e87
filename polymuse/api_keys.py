"""API keys at rest: configuration files hold only their SHA-256.

A plain hash suffices because keys have 256 random bits; passwords would need a slow one.
"""

import hashlib
import re
import secrets
from enum import StrEnum


class Scope(StrEnum):
    """What a key permits."""

    READ = "read"
    ADMIN = "admin"  # as `read`, and the folders, jobs and metrics of the service


STORED_KEY = re.compile(r"(read|admin):([0-9a-f]{64})")


def new_key(scope: Scope) -> str:
    """A random key. Its prefix identifies it to people and to secret scanners."""
    return f"polymuse_{scope}_{secrets.token_urlsafe(32)}"


def stored_form(key: str, scope: Scope) -> str:
    """The form of a key in the setting api_keys: `read:<sha256 in hex>`."""
    return f"{scope}:{hashlib.sha256(key.encode()).hexdigest()}"
