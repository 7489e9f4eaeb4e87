"""Fingerprints of networks."""

import hashlib
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import models.clamp3.embedder as clamp3
import models.starter.embedder as starter
from models.bs_roformer.config import fingerprint as bs_roformer
from models.clamp3.checkpoint import AUDIO_FILE, SOURCE_KEY, TEXT_FILE
from models.starter.concept_query import encoder_version
from models.starter.concepts import CONCEPTS_FILE
from models.starter.space import STATISTICS_FILE
from models.tagging.state import state_key
from models.weights.fingerprint import SPLEETER, chained_fingerprint, fingerprint_of
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


class TestStoredInLibraries:
    """Values that libraries hold: one that changes makes everything that was indexed so far outdated."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> list[Path]:
        paths = [tmp_path / name for name in ("one", "two", "three")]
        for path in paths:
            path.write_bytes(path.name.encode())
        return paths

    def test_separators(self, files: list[Path]) -> None:
        one, two, _ = files
        assert bs_roformer(one, two) == "7bc94ba9d1c6e622807e43c5f7fce9ad4e93af117b952f3231244a502309f2a9"
        assert bs_roformer(one, two, 4) == "c947a4b9da20ed7186f1f705cb28ac2da8af6b89c96aee1b67534cb1d7672199"
        assert fingerprint_of(SPLEETER, one) == "372d6a433b009725fb28b14c816d9f55430f96e049b46100fc7a486503dade35"
        chained = chained_fingerprint("a" * 64, "b" * 64)
        assert chained == "e25513a80daee343483f992fd8e90743f1f6fef933f3598cd9c6021f451af311"

    def test_clamp3(self, files: list[Path]) -> None:
        checkpoint, mert, tokenizer = files
        full, half = (clamp3.fingerprint(checkpoint, mert, tokenizer, family) for family in ("full", "half"))
        assert full == "bda45c3085b06a077699d7d2c1e2e9faa4a3b28a2927aa231cef0a1d0b5722e4"
        assert half == "24604aa5dc788e7059e151ab6f1f52dc36c5ddc95bbbc273dad8de2612a22a49"

    def test_clamp3_converted_from_one_file(self, files: list[Path], tmp_path: Path) -> None:
        _, mert, tokenizer = files
        for name in (TEXT_FILE, AUDIO_FILE):
            save_file({"a": torch.zeros(1)}, tmp_path / name, {SOURCE_KEY: "c" * 64})
        converted = clamp3.fingerprint(tmp_path, mert, tokenizer, "full")
        assert converted == "d5697ddd70e259b45760028a3cc9cb22d7a7afcc11571f582d1385a7889ea7e6"

    def test_starter(self, files: list[Path]) -> None:
        one, two, _ = files
        sources = (hashlib.sha256(path.read_bytes()).digest() for path in (one, two, CONCEPTS_FILE, STATISTICS_FILE))
        assert starter.fingerprint(one, two) == expected(f"starter 2 {encoder_version()}", *sources)

    def test_names_of_calibrations(self) -> None:
        assert state_key("bank", "fingerprint") == "dcd8364a991db63c"
        assert state_key("bank", "fingerprint", "texts") == hashlib.sha256(b"bank fingerprint texts").hexdigest()[:16]
