"""What a scan leaves out. The meaning of patterns is compared with git's."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from indexer.ignoring import IGNORE_FILE, MAX_IGNORE_BYTES, Patterns, Rules, Visible, check_patterns, is_system_folder
from polymuse.errors import UserError
from tests.helpers.audio_files import touch

FOLDERS = ("a", "b", "c", "ab", "b b")
PARTS = ("a", "b", "c", "ab", "*", "a*", "*b", "?", "**", "x.mp3", "*.mp3", "[ab]", "b b")


@pytest.mark.parametrize(
    ("pattern", "name", "excludes"),
    [
        ("*.wav", "a/b.wav", True),
        ("*.wav", "a/b.WAV", None),
        ("Podcasts/", "a/Podcasts/", True),
        ("Podcasts/", "Podcasts", None),  # a file
        ("/live", "a/live", None),
        ("a/live", "a/live", True),
        ("a/**", "a/", None),
        ("a/**", "a/x", True),
        ("!*.flac", "x.flac", False),
        ("\\#1 hits", "#1 hits", True),
        ("# comment", "# comment", None),
        ("Café", "Cafe\N{COMBINING ACUTE ACCENT}", True),
        ("a.mp3", "a.mp3\n", None),
    ],
)
def test_a_pattern(pattern: str, name: str, *, excludes: bool | None) -> None:
    patterns = Patterns("/music", [pattern])
    assert patterns.decision(f"/music/{name.rstrip('/')}", is_folder=name.endswith("/")) is excludes


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@pytest.mark.parametrize("seed", range(12))
def test_files_of_patterns_mean_what_they_mean_to_git(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    for _ in range(40):
        folder = tmp_path.joinpath(*draw.choices(FOLDERS, k=draw.randint(0, 3)))
        folder.mkdir(parents=True, exist_ok=True)
        touch(folder / draw.choice(["x.mp3", "y.mp3", "z.flac"]))
    for folder in draw.sample([path for path, _, _ in os.walk(tmp_path)], 5):
        lines = "\n".join(_pattern(draw) for _ in range(draw.randint(1, 4)))
        for name in (".gitignore", IGNORE_FILE):
            Path(folder, name).write_text(lines, "utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"], cwd=tmp_path, capture_output=True, check=True
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    by_git = {name for name in names if not Path(name).name.startswith(".")}
    assert {str(path.relative_to(tmp_path)) for path in _walk(tmp_path, Rules())} == by_git
    visible = Visible([tmp_path])
    music = [Path(path, name) for path, _, found in os.walk(tmp_path) for name in found if not name.startswith(".")]
    assert {str(path.relative_to(tmp_path)) for path in music if visible(path)} == by_git


def _pattern(draw: random.Random) -> str:
    middle = "/".join(draw.choices(PARTS, k=draw.choice([1, 1, 1, 2, 2, 3])))
    return draw.choice(["", "", "!"]) + draw.choice(["", "/"]) + middle + draw.choice(["", "", "/"])


def _walk(folder: Path, rules: Rules) -> list[Path]:
    if (folder / IGNORE_FILE).exists():
        rules = rules.within(str(folder))
    found: list[Path] = []
    for path in folder.iterdir():
        if rules.left_out(str(path), path.name, is_folder=path.is_dir()) is None:
            found += _walk(path, rules) if path.is_dir() else [path]
    return found


def test_those_of_the_user_come_first_and_inner_files_before_outer_ones(tmp_path: Path) -> None:
    touch(tmp_path / IGNORE_FILE, b"*.wav\n!keep.mp3\n")
    touch(tmp_path / "in" / IGNORE_FILE, b"\xef\xbb\xbf!*.wav\r\n")
    visible = Visible([tmp_path / "in"], ["keep.*", "/top.flac"])
    decisions = {name: visible(tmp_path / "in" / name) for name in ("a.wav", "keep.mp3", "top.flac", "x/top.flac")}
    assert decisions == {"a.wav": True, "keep.mp3": False, "top.flac": False, "x/top.flac": True}


def test_hidden_names_and_folders_of_systems_stay_out_whatever_patterns_say(tmp_path: Path) -> None:
    touch(tmp_path / IGNORE_FILE, b"!*\n!@eaDir/\n!.git/\n")
    visible = Visible([tmp_path])
    assert not any(visible(tmp_path / name / "a.mp3") for name in ("@eaDir", ".git", "x/@EADIR"))


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#RECYCLE", "#snapshot", "@Recycle", "@Recently-Snapshot", "$Recycle.Bin", "FOUND.000"),
        *("system volume information", "lost+found", "__MACOSX", "Music Library.musiclibrary", "Song.band"),
        *("files_versions", "~snapshot"),
    ],
)
def test_folders_of_systems(name: str) -> None:
    assert is_system_folder(name)


@pytest.mark.parametrize("name", ["Recycler", "Recycled", "The Band", "Lost & Found", "Snapshot", "# 1", "@", "tmp"])
def test_folders_of_music(name: str) -> None:
    assert not is_system_folder(name)


@pytest.mark.parametrize("pattern", ["!", "\\", "x" * 1001, "**/a/**/b/**/c/**"])
def test_lines_that_are_not_patterns(pattern: str) -> None:
    assert len(Patterns("/", ["a", pattern]).wrong) == 1
    with pytest.raises(UserError, match="is not a pattern"):
        check_patterns([pattern])


def test_a_file_of_patterns_has_a_limit(tmp_path: Path) -> None:
    touch(tmp_path / IGNORE_FILE, b"a\n" * (MAX_IGNORE_BYTES // 2 + 1))
    with pytest.raises(UserError, match="are not patterns"):
        Rules().within(str(tmp_path))


def test_no_pattern_takes_for_ever() -> None:
    """As a regular expression in the usual form, the first one takes years."""
    patterns = Patterns("/", ["*a*a*a*a*a*a*a*a*a*a*a*a*b", "**/x/**/*a*a*a*a*a*a*b"])
    assert patterns.decision("/" + "x/" * 1000 + "a" * 250, is_folder=False) is None
