"""Normalise text and encode paths for storage and comparison."""

import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import quote_from_bytes, unquote_to_bytes

MAX_PATH = 1 << 15  # bytes; more than systems allow
_URI = "file://"


def readable(text: str) -> str:
    """The text with surrogates, which represent bytes that are not UTF-8, replaced by U+FFFD, to be stored as UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fold(text: str) -> str:
    """The text for comparison: NFKC, case-folded, with spaces collapsed."""
    folded = unicodedata.normalize("NFKC", readable(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def encode_path(path: str) -> str:
    """The path itself, or if it is not UTF-8 a file URI with percent-encoded bytes.

    The two cannot be confused: an absolute path starts with "/", a drive letter or a backslash.
    """
    data = path.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _URI + quote_from_bytes(data)


def decode_path(stored: str) -> str:
    """The inverse of `encode_path`."""
    if not stored.startswith(_URI):
        return stored
    return unquote_to_bytes(stored.removeprefix(_URI)).decode("utf-8", "surrogateescape")


def is_storable_path(path: str) -> bool:
    """Whether the path is absolute, can be that of a file, and any surrogates in it represent bytes."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return b"\0" not in data and len(data) <= MAX_PATH and pure_path(path).is_absolute()


def pure_path(path: str) -> PurePath:
    """A POSIX or Windows path, whichever it is: a store may be searched on another machine."""
    return PurePosixPath(path) if path.startswith("/") else PureWindowsPath(path)


def containers(path: str) -> list[str]:
    """The encoded path and all its parent directories, which path filters match."""
    pure = pure_path(path)
    return [encode_path(str(each)) for each in (pure, *pure.parents)]
