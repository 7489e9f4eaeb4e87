"""`polymuse list`."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from cli.session import open_library
from polymuse.errors import UserError
from tests.helpers.command_line import answers, invoke, run_here
from tests.helpers.ids import id_of


def titles(*arguments: str) -> list[str]:
    return [answer["title"] for answer in answers("list", *arguments)]


@pytest.mark.usefixtures("library")
class TestList:
    def test_everything_or_what_matches_in_an_order(self) -> None:
        assert titles() == ["Piano", "Techno", "Choir"]
        assert titles("--order", "title") == ["Choir", "Piano", "Techno"]
        assert titles("--order", "path", "-n", "1") == ["Choir"]
        assert titles("--sort", "title", "--desc") == ["Techno", "Piano", "Choir"]
        assert sorted(titles("--sort", "random", "--seed", "1")) == sorted(titles())
        assert titles("--sort", "random", "--seed", "1") == titles("--sort", "random", "--seed", "1")
        assert titles("--where", "artist:A title:tech") == ["Techno"]
        assert titles("--where", "-artist:A -artist:B") == []

    def test_a_table(self) -> None:
        header, row = invoke("list", "--where", "artist:B").stdout.splitlines()
        assert header.split() == ["title", "artist", "album", "year", "length", "path"]
        assert row.split() == ["Choir", "B", '"choir",', "live", "1:00", "/music/choir.ogg"]

    def test_a_playlist_and_csv(self) -> None:
        lines = invoke("list", "--m3u", "-n", "1").stdout.splitlines()
        assert lines == ["#EXTM3U", "#EXTINF:60,A - Piano", "/music/piano.ogg"]
        [row] = csv.DictReader(io.StringIO(invoke("list", "--csv", "--where", "artist:B").stdout))
        assert (row["title"], row["path"], row["id"]) == ("Choir", "/music/choir.ogg", id_of(2))
        with pytest.raises(UserError, match="Only one of"):
            invoke("list", "--csv", "--json")

    def test_a_tag_or_stem_that_does_not_exist(self) -> None:
        with pytest.raises(UserError, match='no tag "clam"') as caught:
            invoke("list", "--where", "tag:clam")
        assert "calm" in caught.value.advice
        with pytest.raises(UserError, match='no stem "vocal"') as caught:
            invoke("list", "--where", "-has:vocal")
        assert caught.value.advice == "Did you mean vocals?"


def test_names_cannot_command_the_terminal_nor_break_lines(library: Path) -> None:
    with open_library(profile="starter") as opened:
        [track] = opened.catalog.get([id_of(0)])
        opened.catalog.update(replace(track, title="\x1b[2Jgone\nand more", artist="A"))
    shown = invoke("list", "-n", "1", "--order", "path", "--where", "path:/music/piano.ogg").stdout
    assert r"\x1b[2Jgone\nand more" in shown
    lines = invoke("list", "--m3u", "--where", "path:/music/piano.ogg").stdout.splitlines()
    assert lines == ["#EXTM3U", "#EXTINF:60,A - [2Jgone and more".replace("[2J", " [2J"), "/music/piano.ogg"]
    assert library.exists()


@pytest.mark.parametrize("command", [["list"], ["search", "piano"], ["search", "--where", "artist:A"], ["status"]])
def test_an_empty_library_says_so_and_what_to_do(command: list[str], polymuse_home: Path) -> None:
    (polymuse_home / "libraries" / "jazz").mkdir(parents=True)
    result = run_here(*command, "--profile", "starter", "--library", "jazz")
    assert result.returncode == 0, result.stderr
    assert 'The library "jazz" is empty.' in result.stderr
    assert "polymuse --library jazz index ~/Music" in result.stderr


def test_a_name_that_no_library_has_creates_none(polymuse_home: Path) -> None:
    (polymuse_home / "libraries" / "demo").mkdir(parents=True)
    with pytest.raises(UserError, match="There is no library deom") as caught:
        invoke("list", "--library", "deom")
    assert "There are: demo" in caught.value.advice
    assert not (polymuse_home / "libraries" / "deom").exists()


@pytest.mark.parametrize("command", [["list"], ["status"]])
def test_a_fresh_home_needs_no_weights(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "fresh"))
    result = run_here(*command)
    assert result.returncode == 0, result.stderr
    assert "The library is empty" in result.stderr


@pytest.mark.usefixtures("polymuse_home")
@pytest.mark.parametrize(
    ("command", "typo"),
    [
        (["similar", "/nope.mp3"], "/nope.mp3"),
        (["search", "piano", "--stem", "guitr"], "guitr"),
        (["list", "--where", "tag:guitr"], "guitr"),
        (["search", "piano", "--where", "tag:guitr"], "guitr"),
    ],
)
def test_a_typo_is_named_before_an_empty_library(command: list[str], typo: str) -> None:
    result = run_here(*command, "--profile", "starter")
    assert result.returncode == 2
    assert typo in result.stderr
