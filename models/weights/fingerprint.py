"""Fingerprints of networks: what a vector or stem was made with, so that those of another making are told apart.

Every fingerprint is stored beside the vectors in each library: a changed value makes them outdated.
"""

import hashlib
from pathlib import Path

from models.weights.records import hash_of

BS_ROFORMER = "bs-roformer/1"  # algorithm of `models.bs_roformer.separator`; raised when its output changes
CHAIN = "chain/1"  # algorithm of `models.bs_roformer.chained`; raised when its output changes
SPLEETER = "spleeter-2stems/1"  # algorithm of `models.starter.spleeter`; raised when its output changes


def fingerprint_of(algorithm: str, *files: Path) -> str:
    """sha256 over the name of an algorithm and the hashes of the files it works with. Raises OSError."""
    digest = hashlib.sha256(algorithm.encode())
    for file in files:
        digest.update(bytes.fromhex(hash_of(file)))
    return digest.hexdigest()


def fingerprint_of_texts(*texts: str) -> str:
    """sha256 over texts, such as an algorithm and other fingerprints, with a blank between them."""
    return hashlib.sha256(" ".join(texts).encode()).hexdigest()


def chained_fingerprint(first: str, second: str) -> str:
    """The fingerprint of two separators of which the second works on what the first leaves of the mix."""
    return fingerprint_of_texts(CHAIN, first, second)
