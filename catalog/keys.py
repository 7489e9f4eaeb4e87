"""How text and paths become what a store can hold and compare."""

import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import quote_from_bytes, unquote_to_bytes

_URI = "file://"


def readable(text: str) -> str:
    """The text with surrogates, which stand for bytes that were not UTF-8, as U+FFFD: a store holds only UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fold(text: str) -> str:
    """The form in which names are compared: compatibility characters unified, case folded, spaces collapsed."""
    folded = unicodedata.normalize("NFKC", readable(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def encode_path(path: str) -> str:
    """The path itself, or where it is not UTF-8 a file URI with its bytes percent-encoded.

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
    """Whether the path is absolute, and its surrogates, if any, stand for bytes."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return pure_path(path).is_absolute()


def pure_path(path: str) -> PurePath:
    """A path of this or the other family of systems: a store may be searched on another machine."""
    return PurePosixPath(path) if path.startswith("/") else PureWindowsPath(path)


def containers(path: str) -> list[str]:
    """The path and every directory above it, encoded: what a path filter may name to find the file."""
    pure = pure_path(path)
    return [encode_path(str(each)) for each in (pure, *pure.parents)]
