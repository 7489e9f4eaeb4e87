"""`polymuse calibrate` as a user runs it."""

import json
from pathlib import Path

import pytest

from cli.session import open_library
from indexer import retagging
from models.tagging.calibration import fit_platt
from models.tagging.descriptor_bank import bank_hash
from models.tagging.state import state_key
from tests.cli.commands.conftest import TEXTS, Fill
from tests.helpers.command_line import Run

pytestmark = pytest.mark.slow


def test_calibrate_fits_labels_and_saves_the_result(
    polymuse: Run, polymuse_home: Path, fill: Fill, tmp_path: Path
) -> None:
    fill(60)
    assert polymuse("retag").returncode == 0
    slugs = ["piano", "choir", "flute"]
    labels = tmp_path / "labels.jsonl"
    rows = [
        {"track": f"/music/{n}.flac", "slug": slug, "applies": TEXTS[n % 10] == slug and n % 20 < 10}
        for n in range(60)
        for slug in slugs
    ]
    labels.write_text("\n".join(map(json.dumps, rows)))
    plot = tmp_path / "plot.svg"  # every second matching track is labelled as not matching
    result = polymuse("calibrate", labels, "--plot", plot, "--json")
    assert result.returncode == 0, result.stderr
    [row] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (row["category"], row["labels"], row["fitted"]) == ("instruments", 180, True)
    assert row["ece_after"] < row["ece_before"]
    assert plot.read_text().startswith("<svg")
    with open_library(profile="starter") as library:
        tagger = library.tagger
        assert tagger.calibration.logistic["instruments"] == pytest.approx((row["slope"], row["intercept"]))
        assert tagger.calibration.logistic["mood"] == tagger.shipped.logistic["mood"]
        read = retagging.read_labels(labels)
        pairs = retagging.labelled_pairs(read, library.find, library.catalog, tagger)["instruments"]
        assert fit_platt(pairs) == pytest.approx((row["slope"], row["intercept"]), rel=1e-4)
        key = state_key(bank_hash(tagger.descriptors), library.embedder.fingerprint)
    assert (polymuse_home / "tagging" / f"calibration-{key}.json").is_file()


def test_too_few_labels_change_nothing(polymuse: Run, polymuse_home: Path, fill: Fill, tmp_path: Path) -> None:
    fill(3)
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"track": "/music/0.flac", "slug": "piano", "applies": true}')
    result = polymuse("calibrate", labels)
    assert result.returncode == 2
    assert "20" in result.stderr
    assert not (polymuse_home / "tagging").exists()
