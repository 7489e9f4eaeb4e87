"""The folders to watch below a root."""

import os
from pathlib import Path

import pytest

from indexer.watching.folders import folders_below
from tests.helpers.disks import open_folder, ordinary_user


def names(root: Path, start: Path | None = None, exclude: tuple[str, ...] = ()) -> list[str]:
    return sorted(str(Path(each.path).relative_to(root)) for each in folders_below(root, start or root, exclude))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("a/b", "c", ".hidden/d", "@eaDir", "Podcasts/e"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a" / "1.mp3").write_bytes(b"x")
    return tmp_path


def test_hidden_and_excluded_folders_are_left_out(root: Path) -> None:
    assert names(root) == [".", "Podcasts", "Podcasts/e", "a", "a/b", "c"]
    assert names(root, exclude=("/Podcasts/",)) == [".", "a", "a/b", "c"]
    (root / "a" / ".polymuseignore").write_text("b/\n")
    assert names(root) == [".", "Podcasts", "Podcasts/e", "a", "c"]


def test_patterns_are_relative_to_the_root(root: Path) -> None:
    assert names(root, root / "a", ("/b/",)) == ["a", "a/b"]
    assert names(root, root / "a", ("/a/b/",)) == ["a"]


def test_links_are_followed_and_each_folder_is_found_once(root: Path) -> None:
    (root / "a" / "b" / "up").symlink_to(root)
    (root / "a" / "self").symlink_to(root / "a" / "self")
    assert len(names(root)) == 6


def test_a_file_and_what_does_not_exist(root: Path) -> None:
    assert names(root, root / "a" / "1.mp3") == ["a/1.mp3"]
    assert names(root, root / "nothing") == []


def test_a_folder_that_cannot_be_read() -> None:
    with open_folder() as root:
        (root / "a" / "b").mkdir(parents=True)
        (root / "a").chmod(0)
        (root / "c").mkdir()
        try:
            with ordinary_user():
                found = {Path(each.path).name: each.readable for each in folders_below(root, root)}
        finally:
            (root / "a").chmod(0o755)
    assert found == {root.name: True, "a": False, "c": True}


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"a\xff")).mkdir()
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / os.fsdecode(b"\xe9.mp3")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (tmp_path / "c").mkdir()
    assert [each.path for each in folders_below(tmp_path, tmp_path) if each.decodable] == [str(tmp_path / "c")]
