from pathlib import Path

import pytest

from indexer.failures import TOO_SHORT, Failure
from indexer.service.listed_failures import files_shown_as, in_folders, listed, page_of
from polymuse.errors import NotFoundError

FOLDERS = [Path("/music")]
BYTES = "/music/\udcff.mp3"  # a name that is not UTF-8


def failure(path: str, stage: str = "identify") -> Failure:
    return Failure(path, stage, "it is damaged")


def test_those_in_the_folders_in_order_of_their_paths() -> None:
    found = [failure("/music/b.mp3"), failure("/music/a.mp3"), failure("/other/c.mp3"), failure("/musical/d.mp3")]
    assert [each.path for each in in_folders(found, FOLDERS)] == ["/music/a.mp3", "/music/b.mp3"]


def test_files_that_are_too_short_are_not_listed() -> None:
    found = [failure("/music/a.mp3", TOO_SHORT), failure("/music/b.mp3")]
    assert [each.path for each in listed(found, FOLDERS)] == ["/music/b.mp3"]
    assert len(in_folders(found, FOLDERS)) == 2  # but tried again


def test_pages() -> None:
    found = [failure(f"/music/{number}.mp3") for number in range(5)]
    first, last = page_of(found, 0, 3), page_of(found, 3, 3)
    assert [each.name for each in first.failures] == ["0.mp3", "1.mp3", "2.mp3"]
    assert (first.total, first.cursor) == (5, "3")
    assert [each.name for each in last.failures] == ["3.mp3", "4.mp3"]
    assert last.cursor is None


def test_a_file_is_found_by_the_path_that_was_shown() -> None:
    found = [failure(BYTES), failure("/music/a.mp3")]
    [shown] = page_of(found, 0, 1).failures
    assert files_shown_as(found, [shown.path]) == [Path(BYTES)]
    with pytest.raises(NotFoundError):
        files_shown_as(found, ["/music/none.mp3"])
