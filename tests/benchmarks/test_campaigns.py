"""Short versions of the campaigns in benchmarks/, which say themselves what they find."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.recording_disk import can_record
from tests.helpers.paths import ROOT
from tests.helpers.searching import FUZZ

pytestmark = pytest.mark.slow


def run(script: str, *arguments: str, seconds: float = 600, home: Path | None = None) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / script), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({"POLYMUSE_HOME": str(home)} if home else {})
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of Unix")
def test_nothing_is_lost_or_held_twice_under_faults() -> None:
    told = run("fault_campaign.py", "--rounds", "4", "--faults", "kill,crash,workers,twice", "--clips", "8")
    assert "4 rounds" in told
    assert "flaws: 0" in told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals of Unix")
def test_a_shared_library_loses_nothing_when_its_owner_is_killed() -> None:
    told = run("fault_campaign.py", "--rounds", "2", "--faults", "owner,takeovers", "--clips", "4")
    assert "2 rounds, 2 of them to the end; flaws: 0" in told


def test_damaged_files_are_decoded_or_refused_and_nothing_else(starter_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(starter_weights.parent)
    told = run("malformed_files.py", "--files", "150", home=tmp_path)
    assert "150 files from" in told
    assert "crashes, exceptions and exceeded limits: 0" in told


@pytest.mark.hypothesis  # for `make fuzz`
@pytest.mark.timeout(3600)
def test_malformed_requests_are_no_internal_errors(starter_weights: Path, pytestconfig: pytest.Config) -> None:
    number = str(pytestconfig.getoption("--hypothesis-seed") or 0)
    where = ("--models", str(starter_weights.parent), "--seed", number)
    told = run("malformed_requests.py", *where, "--requests", str(600 * max(1, FUZZ)), seconds=3600)
    assert "answers by 500: 0; found: 0" in told


@pytest.mark.skipif(not can_record(), reason="needs FUSE and mfusepy")
def test_a_library_survives_losses_of_power() -> None:
    told = run("power_cuts.py", "--points", "100", "--jobs", str(os.cpu_count() or 1))
    points = re.search(r"(\d+) cut points", told)
    assert points is not None
    assert int(points[1]) >= 100  # shared among three runs, each rounded
    assert "flaws: 0" in told


@pytest.mark.skipif(not can_record() or os.geteuid() != 0, reason="needs FUSE, mfusepy and the right to mount")
def test_no_error_of_a_disk_is_taken_for_a_deletion_or_for_damage() -> None:
    told = run("unmount_campaign.py", "--rounds", "4", "--faults", "EIO")
    for kind in ("forgotten", "lost", "twice", "not indexed", "hung", "Traceback"):
        assert f"{kind}: 0" in told
