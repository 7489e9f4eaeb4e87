"""Names that are durable afterwards, on a disk that keeps nothing but what was synced."""

import os
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from benchmarks.power_loss import Disk, FileSystem, Tree
from benchmarks.recording_disk import can_record, recording
from catalog.folder_sync import FolderSync

pytestmark = pytest.mark.skipif(not can_record(), reason="needs FUSE and mfusepy")


def durable(tmp_path: Path, work: Callable[[Path], None]) -> Tree:
    """What the disk is sure to hold after `work`, which runs in another process."""
    (mount := tmp_path / "disk").mkdir()
    with recording(mount) as operations:
        process = get_context("fork").Process(target=work, args=(mount,))
        process.start()
        process.join()
    assert process.exitcode == 0
    disk = Disk(FileSystem.STRICT)
    for operation in operations:
        disk.take(operation)
    return disk.durable()


def names(tree: Tree, folder: int = 1) -> dict[str, object]:
    return {
        name: names(tree, child) if child in tree.folders else tree.files[child].size
        for name, child in tree.folders[folder].items()
    }


def test_files_folders_and_their_content_survive(tmp_path: Path) -> None:
    def work(disk: Path) -> None:
        (disk / "a" / "b").mkdir(parents=True)
        (disk / "a" / "b" / "file").write_bytes(b"12345")
        FolderSync(disk).sync()

    assert names(durable(tmp_path, work)) == {"a": {"b": {"file": 5}}}


def test_later_changes_of_names_survive(tmp_path: Path) -> None:
    def work(disk: Path) -> None:
        (disk / "a").mkdir()
        for name in ("kept", "old", "gone"):
            (disk / "a" / name).write_bytes(b"1")
        syncing = FolderSync(disk)
        syncing.sync()
        (disk / "a" / "old").rename(disk / "a" / "new")
        (disk / "a" / "gone").unlink()
        (disk / "c").mkdir()
        (disk / "c" / "more").write_bytes(b"123")
        syncing.sync()

    assert names(durable(tmp_path, work)) == {"a": {"kept": 1, "new": 1}, "c": {"more": 3}}


def test_without_it_nothing_is_sure(tmp_path: Path) -> None:
    def work(disk: Path) -> None:
        (disk / "a").mkdir()
        with (disk / "a" / "file").open("wb") as file:
            file.write(b"12345")
            file.flush()
            os.fsync(file.fileno())

    assert names(durable(tmp_path, work)) == {}
