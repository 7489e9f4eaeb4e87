"""What became of stored files, on real folders and real mounts."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.track import FileRef
from indexer.presence import FEW, HANDFUL, OutOfSight, is_below, look_for, too_many_gone
from tests.helpers.disks import mounted, open_folder, ordinary_user, unmount


@pytest.fixture
def root() -> Iterator[Path]:
    with open_folder() as folder:
        (folder / "music").mkdir()
        yield folder / "music"


def write(path: Path) -> FileRef:
    """A file as it is stored."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    status = path.stat()
    return FileRef(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev)


def of_an_older_version(ref: FileRef) -> FileRef:
    return replace(ref, device=0)


def hidden(*refs: FileRef, folder: Path, reason: str) -> tuple[OutOfSight, ...]:
    return (OutOfSight(str(folder), reason, tuple(ref.path for ref in refs)),)


class TestGone:
    @pytest.mark.parametrize("count", [1, 2 * FEW])
    def test_a_deleted_file_beside_another_is_gone(self, root: Path, count: int) -> None:
        deleted = [write(root / f"{number}.mp3") for number in range(count)]
        kept = write(root / "kept.mp3")
        for ref in deleted:
            Path(ref.path).unlink()
        found = look_for([*deleted, kept], [root])
        assert found.gone == tuple(ref.path for ref in deleted)
        assert found.there == (kept.path,)
        assert found.out_of_sight == ()
        assert look_for(map(of_an_older_version, deleted), [root]).gone == found.gone

    def test_a_deleted_folder_beside_another_is_gone(self, root: Path) -> None:
        ref = write(root / "a" / "b" / "c" / "1.mp3")
        write(root / "other.mp3")
        shutil.rmtree(root / "a")
        assert look_for([ref], [root]).gone == (ref.path,)
        assert look_for([of_an_older_version(ref)], [root]).gone == (ref.path,)

    def test_a_folder_that_was_emptied_is_evidence_on_the_same_device(self, root: Path) -> None:
        ref = write(root / "album" / "1.mp3")
        Path(ref.path).unlink()
        assert look_for([ref], [root]).gone == (ref.path,)
        assert look_for([of_an_older_version(ref)], [root]).gone == ()

    def test_a_folder_that_became_a_file_is_gone(self, root: Path) -> None:
        ref = write(root / "album" / "1.mp3")
        shutil.rmtree(root / "album")
        write(root / "album")
        assert look_for([ref], [root]).gone == (ref.path,)

    def test_names_that_no_file_can_have(self, root: Path) -> None:
        write(root / "other.mp3")
        assert look_for([FileRef(f"{root}/a\0b.mp3", 1, 1)], [root]).gone == (f"{root}/a\0b.mp3",)


class TestOutOfSight:
    def test_an_empty_root(self, root: Path) -> None:
        ref = write(root / "a" / "1.mp3")
        shutil.rmtree(root / "a")
        (root / ".Trash-1000").mkdir()
        (root / "lost+found").mkdir()
        assert look_for([ref], [root]).out_of_sight == hidden(ref, folder=root, reason="is empty")

    def test_a_root_that_does_not_exist(self, root: Path) -> None:
        ref = write(root / "a" / "1.mp3")
        shutil.rmtree(root)
        write(root.parent / "other")
        assert look_for([ref], [root]).out_of_sight == hidden(ref, folder=root, reason="does not exist")

    def test_a_link_to_nothing(self, root: Path) -> None:
        target = root.parent / "disk"
        (root / "link").symlink_to(target)
        ref = write(target / "1.mp3")
        ref = replace(ref, path=str(root / "link" / "1.mp3"))
        write(root / "other.mp3")
        assert look_for([ref], [root]).there == (ref.path,)
        shutil.rmtree(target)
        [folder] = look_for([ref], [root]).out_of_sight
        assert folder.folder == str(root / "link")

    def test_what_the_scan_could_not_read(self, root: Path) -> None:
        ref = write(root / "a" / "1.mp3")
        write(root / "a" / "2.mp3")
        Path(ref.path).unlink()
        for unread in (root / "a", root):
            [folder] = look_for([ref], [root], [str(unread)]).out_of_sight
            assert (folder.folder, folder.reason) == (str(unread), "could not be read")
        assert look_for([ref], [root], [str(root / "b")]).gone == (ref.path,)

    @pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
    @pytest.mark.parametrize("count", [1, 2 * FEW])
    def test_a_folder_without_permission(self, root: Path, mode: int, count: int) -> None:
        """With mode 444 the names can be listed, with 111 each file can be looked up."""
        refs = [write(root / "a" / f"{number}.mp3") for number in range(count)]
        deleted = refs[0]
        Path(deleted.path).unlink()
        (root / "a").chmod(mode)
        write(root / "other.mp3")
        try:
            with ordinary_user():
                found = look_for(refs, [root])
        finally:
            (root / "a").chmod(0o755)
        assert found.gone == ()
        assert deleted.path in found.out_of_sight[0].paths
        assert found.out_of_sight[0].reason == "cannot be read (no permission)"

    def test_an_unmounted_disk_and_an_empty_one_in_its_place(self, root: Path) -> None:
        disk = root / "disk"
        disk.mkdir()
        write(root / "other.mp3")
        with mounted(disk):
            ref = write(disk / "a" / "1.mp3")
            write(disk / "b" / "2.mp3")
            assert look_for([ref], [root]).there == (ref.path,)
            unmount(disk)
            assert [each.folder for each in look_for([ref], [root]).out_of_sight] == [str(disk)]
            assert look_for([of_an_older_version(ref)], [root]).gone == ()
            disk.rmdir()  # as udisks does
            assert [each.folder for each in look_for([ref], [root]).out_of_sight] == [str(root)]
            disk.mkdir()
            with mounted(disk):
                assert [each.folder for each in look_for([ref], [root]).out_of_sight] == [str(disk)]

    def test_files_left_below_a_mount_point_are_no_evidence(self, root: Path) -> None:
        disk = root / "disk"
        placeholder = write(disk / "not mounted.txt")
        with mounted(disk):
            ref = write(disk / "1.mp3")
            unmount(disk)
            [folder] = look_for([ref], [root], present=[placeholder]).out_of_sight
        assert folder.reason == "is on another disk than before, or its disk is not mounted"


class TestDevicesThatAreNumberedAnew:
    def test_a_file_that_was_stored_with_the_same_number_shows_the_new_one(self, root: Path) -> None:
        ref, sibling = write(root / "a" / "1.mp3"), write(root / "b" / "2.mp3")
        write(root / "a" / "cover.jpg")
        Path(ref.path).unlink()
        before = [replace(each, device=each.device + 1) for each in (ref, sibling)]
        assert look_for([before[0]], [root]).gone == ()
        assert look_for([before[0]], [root], present=[before[1]]).gone == (ref.path,)
        assert look_for([before[0]], [root], present=[sibling]).gone == ()


@pytest.mark.parametrize(
    ("gone", "files", "expected"),
    [(0, 0, False), (HANDFUL, HANDFUL, False), (HANDFUL + 1, 10, True), (25, 100, False), (26, 100, True)],
)
def test_too_many_are_more_than_a_quarter_and_more_than_a_handful(gone: int, files: int, expected: bool) -> None:
    assert too_many_gone(gone, files) is expected


def test_is_below() -> None:
    assert is_below("/music/a/b.mp3", frozenset({"/music", "/other"}))
    assert is_below("/music", frozenset({"/music"}))
    assert is_below("/a.mp3", frozenset({"/"}))
    assert not is_below("/music2/a.mp3", frozenset({"/music"}))


FOLDERS = ["", "a", "a/b", "a/b/c", "d", "d/e"]


@given(
    files=st.lists(st.tuples(st.sampled_from(FOLDERS), st.integers(0, 60)), min_size=1, max_size=200, unique=True),
    deleted=st.sets(st.integers(0, 199)),
    removed=st.sets(st.sampled_from(FOLDERS[1:])),
    devices=st.booleans(),
)
def test_files_that_exist_are_always_found_and_a_root_without_files_proves_nothing(
    files: list[tuple[str, int]], deleted: set[int], removed: set[str], devices: bool
) -> None:
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
    with tempfile.TemporaryDirectory(dir=memory) as name:
        root = Path(name)
        refs = [write(root / folder / f"{number}.mp3") for folder, number in files]
        stored = refs if devices else list(map(of_an_older_version, refs))
        for number in deleted & set(range(len(refs))):
            Path(refs[number].path).unlink()
        for folder in removed:
            shutil.rmtree(root / folder, ignore_errors=True)
        found = look_for(stored, [root])
        there = {ref.path for ref in refs if os.path.lexists(ref.path)}
        out_of_sight = {path for each in found.out_of_sight for path in each.paths}
        assert set(found.there) == there
        assert there | set(found.gone) | out_of_sight == {ref.path for ref in refs}
        assert len(found.there) + len(found.gone) + len(out_of_sight) == len(refs)
        if not any(root.iterdir()):
            assert found.gone == ()
        elif devices:
            assert out_of_sight == set()
