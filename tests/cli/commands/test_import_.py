"""`polymuse import` of files from `polymuse export`."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from polymuse.descriptors import StoredDescriptor
from tests.cli.commands.conftest import SPACE, TRACKS
from tests.helpers.command_line import run_here, run_polymuse, summary
from tests.helpers.signals import random_unit


def test_a_file_copies_the_library_to_another_home(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "library.jsonl"
    assert summary(run_polymuse("export", file, "--json"))["tracks"] == TRACKS
    piped = run_polymuse("export", "-")

    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "other"))
    assert summary(run_polymuse("import", "-", "--json", input=piped.stdout)) | {"seconds": 0} == {
        "stored": TRACKS,
        "there_before": 0,
        "engine": f"embedded, {tmp_path / 'other' / 'store' / 'tracks__test'}",
        "seconds": 0,
    }
    assert summary(run_polymuse("import", file, "--json"))["there_before"] == TRACKS
    with Catalog.open(tmp_path / "other" / "store", SPACE) as catalog:
        assert catalog.stats().segments == TRACKS


@pytest.mark.parametrize("library", [(), ("--library", "copies")])
def test_a_dry_run_creates_nothing(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: tuple[str, ...]
) -> None:
    file = tmp_path / "library.jsonl"
    run_here("export", file)
    other = tmp_path / "other"
    monkeypatch.setenv("POLYMUSE_HOME", str(other))
    counts = summary(run_here("import", file, "--dry-run", "--json", *library))
    assert (counts["stored"], counts["there_before"], counts["engine"]) == (TRACKS, 0, "none yet")
    assert not other.exists()


def test_descriptors_of_users_come_along(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rain = StoredDescriptor("rain", "mood", {"en": "Rain"}, ("rain",), ("mix",), random_unit(1), own=True)
    with Catalog.open(filled / "store", SPACE) as catalog:
        catalog.put_descriptor(rain)
    file = tmp_path / "library.jsonl"
    run_here("export", file)

    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "other"))
    assert summary(run_here("import", file, "--json"))["descriptors"] == 1
    with Catalog.open(tmp_path / "other" / "store", SPACE) as catalog:
        assert catalog.count() == TRACKS
        assert [each.names for each in catalog.own_descriptors()] == [{"en": "Rain"}]
        catalog.put_descriptor(replace(rain, names={"en": "Mine"}))
    again = run_here("import", file, "--json")
    assert "rain: the descriptor of the library counts" in again.stderr
    assert summary(again)["descriptors"] == 0
