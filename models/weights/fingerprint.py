"""Fingerprints of networks: what a vector or stem was made with, so that those of another making are told apart."""

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


def chained_fingerprint(first: str, second: str) -> str:
    """sha256 over the fingerprints of two separators of which the second hears what the first leaves."""
    return hashlib.sha256(f"{CHAIN} {first} {second}".encode()).hexdigest()
