"""Vectors kept in `.npy` files, so that they are computed once; the files may be deleted at any time."""

import logging
from pathlib import Path

import numpy as np

from polymuse.files import write_atomically

log = logging.getLogger(__name__)


def read_vectors(path: Path, shape: tuple[int | None, ...]) -> np.ndarray | None:
    """The cached vectors; None if there are none of this shape (None: any size) or the file is damaged (logged)."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        log.warning("Making %s again: it cannot be read (%s)", path, error)
        return None
    fits = len(shape) == vectors.ndim and all(n in (None, size) for n, size in zip(shape, vectors.shape, strict=True))
    return vectors if fits else None


def write_vectors(path: Path, vectors: np.ndarray) -> None:
    """Puts the whole file in place at once. Without room or permission it is only logged: the next start is slower."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path) as file:
            np.save(file, vectors)
    except OSError as error:
        log.warning("Cannot keep vectors in %s: %s", path, error)
