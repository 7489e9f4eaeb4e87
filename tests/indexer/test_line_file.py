from pathlib import Path

import pytest

from indexer.line_file import LineFile
from polymuse.errors import UnavailableError
from tests.helpers.full_disk import full_disk


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
    assert list(tmp_path.iterdir()) == [file.path]
