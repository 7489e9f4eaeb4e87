"""Vectors cached in `.npy` files, which may be deleted at any time."""

import logging
from pathlib import Path

import numpy as np

from polymuse.files import make_directories, write_atomically

log = logging.getLogger(__name__)


def read_vectors(path: Path, shape: tuple[int | None, ...]) -> np.ndarray | None:
    """The cached vectors; None if the file is missing, damaged (logged) or of another shape (None: any size)."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        log.warning("Computing %s again: it cannot be read (%s)", path, error)
        return None
    fits = len(shape) == vectors.ndim and all(n in (None, size) for n, size in zip(shape, vectors.shape, strict=True))
    return vectors if fits else None


def write_vectors(path: Path, vectors: np.ndarray) -> None:
    """Writes the vectors atomically. Failures are only logged: they make the next start slower."""
    try:
        make_directories(path.parent)
        with write_atomically(path) as file:
            np.save(file, vectors)
    except OSError as error:
        log.warning("Cannot write vectors to %s: %s", path, error)
