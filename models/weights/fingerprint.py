"""Fingerprints of networks: they identify what a vector or stem was computed with.

Fingerprints are stored with the vectors of a library: a changed value makes the vectors outdated.
"""

import hashlib
from pathlib import Path

from models.weights.records import hash_of

BS_ROFORMER = "bs-roformer/1"  # algorithm of `models.bs_roformer.separator`; incremented when its output changes
CHAIN = "chain/1"  # algorithm of `models.bs_roformer.chained`; incremented when its output changes
SPLEETER = "spleeter-2stems/1"  # algorithm of `models.starter.spleeter`; incremented when its output changes


def fingerprint_of(algorithm: str, *files: Path) -> str:
    """sha256 over the name of an algorithm and the hashes of its files. Raises OSError."""
    digest = hashlib.sha256(algorithm.encode())
    for file in files:
        digest.update(bytes.fromhex(hash_of(file)))
    return digest.hexdigest()


def fingerprint_of_texts(*texts: str) -> str:
    """sha256 over texts, such as an algorithm and other fingerprints, joined by spaces."""
    return hashlib.sha256(" ".join(texts).encode()).hexdigest()


def chained_fingerprint(first: str, second: str) -> str:
    """The fingerprint of a `ChainedSeparator` from those of its two separators."""
    return fingerprint_of_texts(CHAIN, first, second)
