"""`polymuse retag` as a user runs it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.filters import parse_filter
from cli.session import open_library
from models.tagging.descriptor_bank import BankEntry
from models.tagging.stored_descriptors import own_descriptor
from tests.cli.commands.conftest import Fill
from tests.helpers.command_line import Run

pytestmark = pytest.mark.slow


def test_retag_measures_the_baseline_of_the_library(
    polymuse: Run, music: Path, polymuse_home: Path, fill: Fill
) -> None:
    indexed = polymuse("index", music, "--stems", "none")
    assert indexed.returncode == 0, indexed.stderr
    again = json.loads(polymuse("retag", "--json").stdout)["summary"]  # a single line: no track changed
    assert (again["tracks"], again["changed"], again["baseline"]) == (3, 0, "shipped")  # three are too few
    assert not (polymuse_home / "tagging").exists()

    fill(60)
    tried = [json.loads(line) for line in polymuse("retag", "--dry-run", "--json").stdout.splitlines()]
    assert tried[-1]["summary"]["baseline"] == "library"
    assert tried[-1]["summary"]["changed"] == len(tried) - 1 >= 60
    assert not (polymuse_home / "tagging").exists()

    done = polymuse("retag", "--json")
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (summary["tracks"], summary["baseline_tracks"]) == (63, 63)
    assert summary["changed"] == tried[-1]["summary"]["changed"]
    [statistics] = (polymuse_home / "tagging").iterdir()
    assert json.loads(statistics.read_text())["tracks"] == 63
    with open_library(profile="starter") as library:
        assert library.tagger.calibration.baseline == "library"
        piano = library.find("/music/0.flac")
        assert piano is not None
        assert "piano" in {tag.slug for tag in piano.tags}


def test_a_custom_bank_without_torch(
    polymuse_home: Path, fill: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.json"
    piano = {"slug": "piano", "category": "instruments", "names": {"en": "piano"}, "prompts": ["A piano."]}
    own.write_text(json.dumps({"descriptors": [piano]}))
    monkeypatch.setenv("POLYMUSE_BANK", str(own))
    fill(60)
    code = (
        "import sys, cli.main as cli; sys.argv = ['polymuse', 'retag', '--json']\n"
        "cli.app(standalone_mode=False)\nprint('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *changes, summary, torch_is_loaded = result.stdout.splitlines()
    assert {tag["slug"] for change in changes for tag in json.loads(change)["tags"]} == {"piano"}
    assert json.loads(summary)["summary"]["baseline"] == "library"
    assert torch_is_loaded == "False"


def test_a_descriptor_of_the_user_is_given_to_stored_tracks(polymuse: Run, fill: Fill) -> None:
    fill(60)
    assert polymuse("retag").returncode == 0
    with open_library(profile="starter") as library:
        before = {track.id: track.tags for track in library.catalog.tracks()}
        assert len(library.catalog.descriptors()) == 75  # those that the profile supports
        entry = BankEntry(slug="keys", category="instruments", names={"en": "keys"}, prompts=("piano",))
        library.catalog.put_descriptor(own_descriptor(library.embedder.embed_text, entry))

    done = polymuse("retag", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (summary["baseline"], summary["changed"] > 0) == ("library", True)
    with open_library(profile="starter") as library:
        for track in library.catalog.tracks():
            others = tuple(tag for tag in track.tags if tag.slug != "keys")
            assert set(others) <= set(before[track.id])  # as before, but for a sixth instrument
        pianos = library.catalog.tracks(parse_filter("tag:keys>0.5"))
        assert {track.files[0].path for track in pianos} >= {f"/music/{number}.flac" for number in range(0, 60, 10)}
        assert library.catalog.own_descriptors()[0].slug == "keys"

        library.catalog.remove_descriptor("keys")
    assert polymuse("retag").returncode == 0
    with open_library(profile="starter") as library:
        assert {track.id: track.tags for track in library.catalog.tracks()} == before


def test_a_library_of_former_texts_is_taken_over(polymuse: Run, fill: Fill, polymuse_home: Path) -> None:
    """As the version before text versions left it: a bank without one, and a descriptor with another vector."""
    fill(60)
    with open_library(profile="starter") as library, pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.embedder, "text_version", "")
        library.write_bank()
        entry = BankEntry(slug="keys", category="instruments", names={"en": "keys"}, prompts=("piano",))
        own = own_descriptor(library.embedder.embed_text, entry)
        former = replace(own, vector=library.embedder.embed_text(["metal"])[0])
        library.catalog.put_descriptor(former)
        vectors = library.catalog.vectors([track.id for track in library.catalog.tracks()])

    done = polymuse("retag", "--json")
    assert done.returncode == 0, done.stderr
    with open_library(profile="starter") as library:
        stored = library.catalog.descriptors_version()
        assert stored.text_version == library.embedder.text_version != ""
        [renewed] = library.catalog.own_descriptors()
        assert np.array_equal(renewed.vector, own.vector)
        tagged = {track.files[0].path for track in library.catalog.tracks(parse_filter("tag:keys>0.5"))}
        assert tagged >= {f"/music/{number}.flac" for number in range(0, 60, 10)}  # pianos, not metal
        kept = library.catalog.vectors(list(vectors))
        assert all(np.array_equal(kept[each]["mix"], vectors[each]["mix"]) for each in vectors)
