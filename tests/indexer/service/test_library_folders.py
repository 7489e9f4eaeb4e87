"""The folders of a service: chosen, stored, followed."""

import queue
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.service.library_folders import LibraryFolders
from polymuse.errors import NotFoundError, UnavailableError
from polymuse.settings import load_settings
from tests.helpers.full_disk import full_disk

PATIENCE = 60  # seconds


def ignore(_paths: Sequence[Path]) -> None:
    pass


def folders_of(tmp_path: Path, **settings: object) -> LibraryFolders:
    folders = LibraryFolders(load_settings(home=tmp_path / "home", roots=str(tmp_path), **settings), ignore)
    folders.read()
    return folders


@pytest.fixture
def jazz(tmp_path: Path) -> Path:
    folder = tmp_path / "jazz"
    (folder / "live").mkdir(parents=True)
    return folder


def test_only_new_folders_are_returned_and_nested_ones_merged(tmp_path: Path, jazz: Path) -> None:
    rock = tmp_path / "rock"
    rock.mkdir()
    folders = folders_of(tmp_path)
    assert folders.choose([str(jazz), str(jazz / "live")]) == [jazz]
    assert folders.choose([str(jazz), str(rock)]) == [rock]
    assert folders_of(tmp_path).kept == (jazz, rock)
    assert folders.choose([]) == []
    assert folders.kept == ()


def test_those_of_the_settings_stay(tmp_path: Path, jazz: Path) -> None:
    folders = folders_of(tmp_path, music=str(jazz))
    folders.choose([str(jazz / "live")])
    listed = folders.list(editable=True)
    assert [(each.path, each.origin, each.state) for each in listed.folders] == [
        (str(jazz), "settings", "watched")
    ]  # soon


def test_on_a_full_disk_the_former_choice_stays(tmp_path: Path, jazz: Path) -> None:
    folders = folders_of(tmp_path)
    folders.choose([str(jazz)])
    with full_disk(0), pytest.raises(UnavailableError, match="cannot be written"):
        folders.choose([])
    with full_disk(0), pytest.raises(UnavailableError):
        folders.pause(paused=True)
    assert (folders.kept, folders.paused) == ((jazz,), False)
    assert folders_of(tmp_path).kept == (jazz,)


def test_paths_inside(tmp_path: Path, jazz: Path) -> None:
    folders = folders_of(tmp_path, music=str(jazz))
    assert folders.inside(str(jazz / "a.mp3")) == jazz / "a.mp3"
    for path in ("/etc/passwd", f"{jazz}/../a.mp3", f"{jazz}ier"):
        with pytest.raises(NotFoundError):
            folders.inside(path)


@pytest.mark.slow
def test_changes_are_followed_until_they_are_not(tmp_path: Path, jazz: Path) -> None:
    changed: queue.Queue[Sequence[Path]] = queue.Queue()
    folders = LibraryFolders(load_settings(home=tmp_path / "home", music=str(jazz)), changed.put)
    folders.follow()
    assert changed.get(timeout=PATIENCE) == [jazz]  # the whole folder first
    (jazz / "a.mp3").write_bytes(b"a")
    assert any(path.is_relative_to(jazz) for path in changed.get(timeout=PATIENCE))
    assert [each.state for each in folders.list(editable=True).folders] == ["watched"]
    folders.unfollow()
    assert [each.state for each in folders.list(editable=True).folders] == ["off"]
