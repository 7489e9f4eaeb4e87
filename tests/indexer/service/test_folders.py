"""The folders that clients of a service may choose."""

from pathlib import Path

import pytest

from indexer.service.folders import (
    NotAFolderError,
    OutsideRootsError,
    Roots,
    default_roots,
    trouble_with,
    without_nested,
)
from polymuse.errors import NotFoundError


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """`tmp_path`/root/music, with a link that leads out, one that stays inside and a file."""
    music = tmp_path / "root" / "music"
    (music / "jazz").mkdir(parents=True)
    (music / ".hidden").mkdir()
    (music / "@eaDir").mkdir()
    (music / "to_hidden").symlink_to(music / ".hidden")
    (music / "song.mp3").touch()
    (music / "cover.jpg").touch()
    (tmp_path / "elsewhere").mkdir()
    (music / "out").symlink_to(tmp_path / "elsewhere")
    (music / "in").symlink_to(music / "jazz")
    return music


@pytest.fixture
def roots(tmp_path: Path, music: Path) -> Roots:
    return Roots([tmp_path / "root"])


def test_folders_below_a_root_are_allowed(roots: Roots, music: Path) -> None:
    assert roots.check(str(music)) == music
    assert roots.check(f"{music}/jazz/") == music / "jazz"
    assert roots.check(f"/{music}/./jazz") == music / "jazz"
    assert roots.check(str(music / "in")) == music / "in"
    assert roots.check(str(music.parent)) == music.parent


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("{}/out", OutsideRootsError),
        ("/", OutsideRootsError),
        ("/etc", OutsideRootsError),
        ("{}/../../elsewhere", NotAFolderError),
        ("{}/.hidden", OutsideRootsError),
        ("{}/.gone", OutsideRootsError),
        ("{}/@eaDir", OutsideRootsError),
        ("{}/to_hidden", OutsideRootsError),
        ("~", NotAFolderError),
        ("~/music", NotAFolderError),
        ("~root", NotAFolderError),
        ("music", NotAFolderError),
        ("", NotAFolderError),
        ("{}/song.mp3", NotAFolderError),
        ("{}/ja\0zz", NotAFolderError),
        ("{}/gone", NotFoundError),
    ],
)
def test_others_are_refused(roots: Roots, music: Path, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        roots.check(path.format(music))


@pytest.mark.parametrize(
    ("path", "words"), [("music", "not an absolute path"), ("~", "not an absolute path"), ("{}/../x", "contains `..`")]
)
def test_a_refusal_says_what_is_wrong_with_the_path(roots: Roots, music: Path, path: str, words: str) -> None:
    with pytest.raises(NotAFolderError, match=words):
        roots.check(path.format(music))


def test_a_refusal_names_what_may_be_chosen(roots: Roots, music: Path) -> None:
    with pytest.raises(OutsideRootsError) as caught:
        roots.check("/etc")
    assert str(music.parent) in caught.value.advice


def test_hidden_folders_can_be_roots_only(roots: Roots, music: Path) -> None:
    hidden = music / ".hidden"
    (hidden / "inside").mkdir()
    for path in (hidden / "inside", music / "to_hidden"):
        with pytest.raises(OutsideRootsError):
            roots.check(str(path))
    chosen = Roots([music, hidden])
    assert chosen.check(str(hidden / "inside")) == hidden / "inside"
    assert chosen.check(str(music / "to_hidden")) == music / "to_hidden"


def test_a_root_that_vanishes(roots: Roots, music: Path, tmp_path: Path) -> None:
    (tmp_path / "root").rename(tmp_path / "away")
    with pytest.raises(NotFoundError, match="mounted"):
        roots.check(str(music))
    assert roots.browse(None).folders == ()


def test_browsing_begins_with_the_roots_and_stays_below_them(roots: Roots, music: Path) -> None:
    top = roots.browse(None)
    assert (top.path, top.parent) == (None, None)
    assert [entry.path for entry in top.folders] == [str(music.parent)]
    root = roots.browse(str(music.parent))
    assert root.parent is None
    inside = roots.browse(str(music))
    assert inside.parent == str(music.parent)
    assert [entry.name for entry in inside.folders] == ["in", "jazz", "out", "to_hidden"]
    assert inside.audio_files == 1
    with pytest.raises(OutsideRootsError):
        roots.browse(str(music / "out"))


def test_folders_inside_others_are_merged() -> None:
    paths = [Path("/a/b"), Path("/c"), Path("/a"), Path("/ab"), Path("/c")]
    assert without_nested(paths) == (Path("/c"), Path("/a"), Path("/ab"))


def test_what_keeps_a_folder_from_being_scanned(music: Path) -> None:
    assert trouble_with(music) is None
    gone = trouble_with(music / "gone")
    assert gone is not None
    assert "not there" in gone.message


def test_the_default_roots_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_roots()[0] == tmp_path
    assert all(root.is_dir() for root in default_roots())
    monkeypatch.setenv("HOME", "/")
    assert Path("/") not in default_roots()
