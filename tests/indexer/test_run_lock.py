"""By its lock a run is known to be alive."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.run_lock import RunLock
from polymuse.errors import UnavailableError
from tests.helpers.paths import ROOT


def test_it_is_alive_from_hold_to_release(tmp_path: Path) -> None:
    one, two = RunLock(tmp_path / "under-way.jsonl"), RunLock(tmp_path / "under-way.jsonl")
    assert two.others() == set()
    one.hold()
    one.hold()
    assert (one.others(), two.others()) == (set(), {one.name})
    one.release()
    one.release()
    assert two.others() == set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_process_is_not(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from indexer.run_lock import RunLock
run = RunLock(Path(sys.argv[1]))
run.hold()
print(run.name, flush=True)
sys.stdin.read()
"""
    journal = tmp_path / "under-way.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(journal)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert RunLock(journal).others() == {name}
        process.send_signal(signal.SIGKILL)
    assert RunLock(journal).others() == set()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be written"):
        RunLock(tmp_path / "missing" / "under-way.jsonl").hold()
