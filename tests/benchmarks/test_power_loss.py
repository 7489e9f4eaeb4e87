"""What is left of small runs, worked out by hand."""

from pathlib import Path
from random import Random

import pytest

from benchmarks.power_loss import (
    PAGE,
    ROOT,
    Disk,
    File,
    FileSystem,
    Make,
    Move,
    Operation,
    Remove,
    Resize,
    Sync,
    Tree,
    Write,
    page_images,
)

A, B, FOLDER = 2, 3, 4
OLD, NEW = b"o" * PAGE, b"n" * PAGE


def left(kind: FileSystem, *operations: Operation, seeds: int = 300) -> list[Tree]:
    disk = Disk(kind)
    for operation in operations:
        disk.take(operation)
    return [disk.after_loss(Random(seed)) for seed in range(seeds)]


def test_what_was_synced_survives_and_what_was_not_may() -> None:
    written = (Make(ROOT, "a", A, False), Write(A, 0, OLD, PAGE), Sync(A), Sync(ROOT), Write(A, 0, NEW, PAGE))
    for kind in FileSystem:
        images = {tree.files[A].pages[0] for tree in left(kind, *written)}
        assert {OLD, NEW} < images  # and torn ones
        assert all(image.lstrip(b"n").strip(b"o") == b"" for image in images)


def test_a_journal_keeps_the_order_of_names() -> None:
    trees = left(FileSystem.JOURNAL, Make(ROOT, "a", A, False), Make(ROOT, "b", B, False), Remove(ROOT, "a"))
    assert {frozenset(tree.folders[ROOT]) for tree in trees} == {
        frozenset(),
        frozenset("a"),
        frozenset("ab"),
        frozenset("b"),
    }


def test_a_sync_of_a_file_keeps_names_by_a_journal_only() -> None:
    written = (Make(ROOT, "a", A, False), Make(ROOT, "b", B, False), Write(A, 0, NEW, PAGE), Sync(A))
    assert all({"a", "b"} == tree.folders[ROOT].keys() for tree in left(FileSystem.JOURNAL, *written))
    strict = left(FileSystem.STRICT, *written)
    assert any(not tree.folders[ROOT] for tree in strict)
    assert all(tree.files[A].pages[0] == NEW for tree in strict)


def test_folders_lose_their_changes_independently() -> None:
    made = (Make(ROOT, "f", FOLDER, True), Sync(ROOT))
    trees = left(FileSystem.STRICT, *made, Make(ROOT, "a", A, False), Make(FOLDER, "b", B, False))
    assert any("a" not in tree.folders[ROOT] and "b" in tree.folders[FOLDER] for tree in trees)


def test_a_move_is_whole_and_durable_by_either_folder() -> None:
    made = (Make(ROOT, "f", FOLDER, True), Make(ROOT, "a", A, False), Sync(ROOT))
    moved = (*made, Move(ROOT, "a", FOLDER, "b", A))
    for tree in left(FileSystem.STRICT, *moved):
        assert ("a" in tree.folders[ROOT]) != ("b" in tree.folders[FOLDER])
    for tree in left(FileSystem.STRICT, *moved, Sync(FOLDER)):
        assert tree.folders[FOLDER] == {"b": A}


@pytest.mark.parametrize(("kind", "sizes"), [(FileSystem.JOURNAL, {9}), (FileSystem.STRICT, {0, 9})])
def test_a_size_is_a_name_to_a_journal_and_content_otherwise(kind: FileSystem, sizes: set[int]) -> None:
    trees = left(kind, Make(ROOT, "a", A, False), Resize(A, 9), Make(ROOT, "b", B, False), Sync(ROOT))
    assert {tree.files[A].size if A in tree.files else 0 for tree in trees} == sizes


def test_images_are_those_of_the_pages_that_change() -> None:
    file = File({0: OLD}, PAGE)
    assert [*page_images(file, b"ooo", 5)] == []
    assert [*page_images(file, b"xy", PAGE - 1)] == [(0, OLD[:-1] + b"x"), (1, b"y" + bytes(PAGE - 1))]


def test_a_tree_becomes_files_with_holes(tmp_path: Path) -> None:
    tree = Tree({ROOT: {"f": FOLDER, "empty": B}, FOLDER: {"a": A}}, {A: File({1: NEW}, 3 * PAGE)})
    tree.write_to(tmp_path / "disk")
    assert (tmp_path / "disk" / "empty").read_bytes() == b""
    assert (tmp_path / "disk" / "f" / "a").read_bytes() == bytes(PAGE) + NEW + bytes(PAGE)
