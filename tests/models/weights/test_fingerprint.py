"""Fingerprints of networks."""

import hashlib
import os
from pathlib import Path

from models.weights.fingerprint import fingerprint_of
from models.weights.records import Record, write_record


def expected(algorithm: str, *sha256s: bytes) -> str:
    """sha256 over the name and the raw hashes of the files."""
    return hashlib.sha256(b"".join((algorithm.encode(), *sha256s))).hexdigest()


def test_is_over_the_hashes_of_the_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    assert fingerprint_of("a/1", one, two) == expected(
        "a/1", hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()
    )


def test_gigabytes_that_are_known_to_be_intact_are_not_read_again(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"1")
    recorded = bytes(32)  # not that of the content, to tell which of the two it is
    write_record(weights, Record(recorded.hex(), recorded.hex(), 1))
    os.utime(weights, (0, 0))
    assert fingerprint_of("a/1", weights) == expected("a/1", recorded)
    os.utime(weights)  # it has changed since it was found right
    os.utime(weights.with_name("weights.json"), (0, 0))
    assert fingerprint_of("a/1", weights) == expected("a/1", hashlib.sha256(b"1").digest())
