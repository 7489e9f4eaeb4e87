"""Recognises score files by their suffixes, and those called .xml by their first bytes as well."""

import hashlib
import uuid
from collections.abc import Collection
from pathlib import Path

from models.score_suffix import HEAD_BYTES, begins_like_musicxml
from polymuse.errors import UnreadableError
from polymuse.paths import is_file, printable

NAMESPACE = uuid.UUID("1d0a4b6e-5b0c-5f3a-8f0d-2c7e9a6b1f54")  # of scores; changing it re-indexes all of them
XML = ".xml"  # of anything; MusicXML has suffixes of its own besides
SCORE_NAMES = (".mid", ".midi", ".kar", ".rmi", ".abc", ".musicxml", ".mxl")  # of nothing but scores


def has_score_name(name: str, suffixes: Collection[str]) -> bool:
    """Whether a file of this name may be a score; `suffixes` are in lower case, with their dots."""
    return _suffix(name) in suffixes


def is_score(path: Path, suffixes: Collection[str]) -> bool:
    """Whether a file is to be read as a score; a file called .xml only if it begins like MusicXML. Raises nothing."""
    suffix = _suffix(path.name)
    return suffix in suffixes and (suffix != XML or _begins_like_musicxml(path))


def score_id(path: Path) -> str:
    """The id of a score: uuid5 over the bytes of its file. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise UnreadableError(
            f"{printable(path)}: cannot be read: {error.strerror}", "Check its permissions and its disk"
        ) from error
    return str(uuid.uuid5(NAMESPACE, digest.hexdigest()))


def _suffix(name: str) -> str:
    stem, dot, last = name.rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def _begins_like_musicxml(path: Path) -> bool:
    try:
        if not is_file(path):  # opening a pipe would wait for its other end
            return False
        with path.open("rb") as file:
            return begins_like_musicxml(file.read(HEAD_BYTES))
    except OSError:
        return False
