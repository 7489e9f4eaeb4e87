"""Lines about files that are kept."""

from indexer.kept_files import MAX_LINES, kept_lines
from indexer.presence import OutOfSight
from indexer.updating import Summary


def test_a_folder_the_reason_and_what_to_do() -> None:
    summary = Summary(gone=("/m/b.mp3",), out_of_sight=(OutOfSight("/m", "is empty", ("/m/a.mp3",)),))
    [line] = kept_lines(summary)
    assert line.startswith("kept: 1 file is not found, but /m is empty. Connect or mount it")
    assert "--prune --yes" in line


def test_too_many_at_once() -> None:
    [line] = kept_lines(Summary(gone=("/m/a.mp3", "/m/b.mp3"), too_many_gone=True))
    assert line.startswith("kept: 2 files are gone at once, more than a quarter of the library.")


def test_many_folders_are_counted_the_largest_first() -> None:
    folders = tuple(OutOfSight(f"/{number}", "is empty", ("/x",) * number) for number in range(1, MAX_LINES + 3))
    lines = list(kept_lines(Summary(out_of_sight=folders)))
    assert len(lines) == MAX_LINES + 1
    assert f"but /{MAX_LINES + 2} is empty" in lines[0]
    assert lines[-1] == "kept: 3 files are not found below 2 more folders"  # 1 and 2


def test_nothing_is_said_of_nothing() -> None:
    assert list(kept_lines(Summary(gone=("/m/a.mp3",), forgotten=("/m/b.mp3",)))) == []
