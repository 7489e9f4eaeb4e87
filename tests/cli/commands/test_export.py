"""`polymuse export`."""

from pathlib import Path

from tests.cli.commands.conftest import TRACKS
from tests.helpers.command_line import run_here, run_polymuse, summary


def test_a_pipe_gets_the_same_as_a_file(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "library.jsonl"
    assert summary(run_polymuse("export", file, "--json"))["tracks"] == TRACKS
    piped = run_polymuse("export", "-")
    written = file.read_text("utf-8").splitlines()
    assert piped.stdout.splitlines()[1:] == written[1:]  # the header contains the time


def test_an_empty_library_is_a_one_line_error(home: Path, tmp_path: Path) -> None:
    done = run_polymuse("export", tmp_path / "x")
    assert done.returncode == 2
    assert "The library is empty" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "x").exists()


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    for name in ("", tmp_path):
        result = run_here("export", name)
        assert result.returncode == 2
        assert "is a folder. Name a file" in result.stderr
