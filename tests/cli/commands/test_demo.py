"""`polymuse demo`: the bundled music."""

from pathlib import Path

import pytest

from cli.commands.demo import _command, demo_music
from tests.helpers.audio_files import touch


def test_the_music_comes_with_the_package() -> None:
    assert len(list(demo_music().glob("*.opus"))) >= 12


def test_the_commands_that_it_prints_can_be_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(tmp_path / "bin" / "polymuse"), "demo"])
    monkeypatch.chdir(tmp_path)
    assert _command("--library", "demo", "search", "calm piano") == "bin/polymuse --library demo search 'calm piano'"
    touch(tmp_path / "polymuse").chmod(0o755)
    assert _command("index") == "polymuse index"
