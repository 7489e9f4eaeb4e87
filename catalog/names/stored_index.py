"""An index of names in a file, so that a short command need not make it again.

The file, `names.npz` beside the shards of a store, is derived from the names and may be deleted. It is used only if it
was made of exactly the names that the store has, by this version: they are counted first, and their digest compared.
Its arrays have checksums (zip) and no Python objects, and what refers to others is checked.
"""

import hashlib
import logging
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from catalog.names.index import NameIndex
from catalog.names.reading import Counts
from catalog.understanding.common_words import common_words
from polymuse.files import write_atomically

NAME = "names.npz"
VERSION = 2  # of the arrays and keys; another one if the same names would have others
FEWEST = 5000  # names; fewer are indexed in a fraction of a second

logger = logging.getLogger(__name__)


def stored_or_made(path: Path | None, counts: Counts) -> NameIndex:
    """The index of names, from the file if it has these, which otherwise gets it."""
    if path is None or len(counts) < FEWEST:
        return NameIndex(counts)
    digest = _digest(counts)
    if (index := _load(path, digest)) is None:
        index = NameIndex(counts)
        _save(path, index, digest)
    return index


def _digest(counts: Counts) -> bytes:
    made = hashlib.sha256(f"{VERSION} {len(common_words())} {unicodedata.unidata_version}\n".encode())
    for (field, name), tracks in sorted(counts.items()):
        made.update(f"{field}\0{name}\0{tracks}\n".encode("utf-8", "surrogatepass"))
    return made.digest()


def _load(path: Path, digest: bytes) -> NameIndex | None:
    """None if the file is missing, damaged or of other names."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if file["digest"].tobytes() != digest:
                return None
            return NameIndex.of_arrays({name: file[name] for name in file.files})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        logger.debug("%s is of no use: %s", path, error)
        return None


def _save(path: Path, index: NameIndex, digest: bytes) -> None:
    arrays: dict[str, Any] = {"digest": np.frombuffer(digest, np.uint8), **index.arrays()}
    try:
        path.touch(0o600)
        path.chmod(0o600)  # the new file gets the mode of the one it replaces
        with write_atomically(path) as file:
            np.savez(file, **arrays)
    except OSError as error:  # a full disk, or one that cannot be written
        logger.debug("%s cannot be written: %s", path, error)
