"""How text and paths become what a store can hold and compare."""

import os
import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import quote_from_bytes, unquote_to_bytes

_URI = "file://"


def readable(text: str) -> str:
    """The text with bytes that were not UTF-8 (surrogate escapes) shown as U+FFFD: a store holds only UTF-8."""
    return os.fsencode(text).decode("utf-8", "replace") if _has_surrogates(text) else text


def fold(text: str) -> str:
    """The form in which names are compared: compatibility characters unified, case folded, spaces collapsed."""
    folded = unicodedata.normalize("NFKC", readable(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def encode_path(path: str) -> str:
    """The path itself, or where it is not UTF-8 a file URI with its bytes percent-encoded.

    The two cannot be confused: an absolute path starts with "/", a drive letter or a backslash.
    """
    return _URI + quote_from_bytes(os.fsencode(path)) if _has_surrogates(path) else path


def decode_path(stored: str) -> str:
    """The inverse of `encode_path`."""
    return os.fsdecode(unquote_to_bytes(stored.removeprefix(_URI))) if stored.startswith(_URI) else stored


def is_absolute(path: str) -> bool:
    return pure_path(path).is_absolute()


def pure_path(path: str) -> PurePath:
    """A path of this or the other family of systems: a store may be searched on another machine."""
    return PurePosixPath(path) if path.startswith("/") else PureWindowsPath(path)


def containers(path: str) -> list[str]:
    """The path and every directory above it, encoded: what a path filter may name to find the file."""
    pure = pure_path(path)
    return [encode_path(str(p)) for p in (pure, *pure.parents)]


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
