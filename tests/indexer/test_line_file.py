import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.line_file import LineFile
from polymuse.errors import UnavailableError
from tests.helpers.full_disk import full_disk
from tests.helpers.paths import ROOT


def test_a_truncated_line_is_skipped(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "lines.jsonl")
    file.append({"number": 1})
    with file.path.open("a") as stream:
        stream.write('{"number": 2')
    assert file.read() == [{"number": 1}]


def test_a_full_disk_leaves_the_lines_as_they_were(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "lines.jsonl")
    file.append({"number": 1})
    with full_disk(100), pytest.raises(UnavailableError, match="cannot be written"):
        file.rewrite([{"number": number} for number in range(100)])
    assert file.read() == [{"number": 1}]
    assert {each.name for each in tmp_path.iterdir()} == {"lines.jsonl", "lines.lock"}


def test_a_line_after_a_truncated_one_is_read(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "lines.jsonl")
    file.path.write_text('{"number": 1}\n{"numb')
    file.append({"number": 2})
    assert file.read() == [{"number": 1}, {"number": 2}]


def test_processes_that_append_and_rewrite_at_once_lose_nothing(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from indexer.line_file import LineFile
file = LineFile(Path(sys.argv[1]))
for number in range(50):
    file.append({"process": sys.argv[2], "number": number})
    with file.alone():
        file.rewrite(file.read())
"""
    path = tmp_path / "lines.jsonl"
    command = [sys.executable, "-c", script, str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen([*command, name], cwd=ROOT, env=environment) for name in "abc"]
    assert [process.wait() for process in processes] == [0, 0, 0]
    lines = LineFile(path).read()
    for name in "abc":
        assert [line["number"] for line in lines if line["process"] == name] == list(range(50))
