"""`polymuse plugin navidrome`: a file that Navidrome can install, and nothing of anybody's lost."""

import json
from pathlib import Path

import pytest

from players.navidrome.package import plugin_file
from tests.helpers.command_line import run_here


def test_it_is_written_here_or_into_a_folder_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run_here("plugin", "navidrome")
    assert said.stdout == "polymuse.ndp\n"
    assert "ND_AGENTS" in said.stderr
    assert (tmp_path / "polymuse.ndp").read_bytes() == plugin_file()
    assert (tmp_path / "polymuse.ndp").stat().st_mode & 0o777 == 0o644
    (tmp_path / "plugins").mkdir()
    run_here("plugin", "navidrome", "--stem", "drums", "--out", tmp_path / "plugins")
    assert (tmp_path / "plugins/polymuse-drums.ndp").read_bytes() == plugin_file("drums")
    [line] = run_here("plugin", "navidrome", "--out", "beats.ndp", "--stem", "drums", "--json").stdout.splitlines()
    assert json.loads(line) == {"file": "beats.ndp", "plugin": "beats", "bytes": len(plugin_file("drums"))}


def test_only_an_older_plugin_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "polymuse.ndp"
    file.write_bytes(plugin_file("vocals"))
    assert run_here("plugin", "navidrome", "--out", file).returncode == 0
    assert file.read_bytes() == plugin_file()
    file.write_bytes(b"something else")
    refused = run_here("plugin", "navidrome", "--out", file)
    assert (refused.returncode, file.read_bytes()) == (2, b"something else")
    assert "exists, and is not this plugin" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "polymuse.zip"), "ends in .ndp"),
        (("--stem", "kazoo", "--out", "a.ndp"), "Choose vocals"),
        (("--out", "missing/a.ndp"), "Cannot write"),
    ],
)
def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_here("plugin", "navidrome", *arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []
