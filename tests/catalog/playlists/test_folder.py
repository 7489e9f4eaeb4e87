"""The folder of playlists for other players."""

from pathlib import Path
from uuid import UUID

import pytest

from catalog.playlists.folder import RECORD, Written, write_folder
from catalog.playlists.playlist import PlaylistHead
from polymuse.errors import UserError


def head(number: int, name: str) -> PlaylistHead:
    return PlaylistHead(str(UUID(int=number)), name, created=f"2026-01-{number:02}")


def written(folder: Path, *heads: PlaylistHead, text: str = "x", dry_run: bool = False) -> Written:
    return write_folder(folder, heads, lambda each: f"{text} {each.name}".encode(), dry_run=dry_run)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != RECORD}


def test_playlists_are_written_renamed_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    assert written(folder, head(1, "A/../b"), head(2, "Evening"), head(3, "evening")).written == [
        *("A_.._b.m3u8", "Evening.m3u8", "evening (2).m3u8")
    ]
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = written(folder, head(3, "evening"), head(2, "Evening"), head(1, "A/../b"))
    assert (again.written, len(again.unchanged)) == ([], 3)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    later = written(folder, head(2, "Night"), head(3, "evening"), text="y")
    assert later.removed == ["A_.._b.m3u8", "Evening.m3u8", "evening (2).m3u8"]
    assert files(folder) == {"Night.m3u8": "y Night", "evening.m3u8": "y evening"}


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "Mine.m3u8").write_text("theirs")
    (tmp_path / "link.m3u8").symlink_to("Mine.m3u8")
    done = written(tmp_path, head(1, "Mine"), head(2, "link"), head(3, "Edited"))
    assert done.strangers == ["Mine.m3u8", "link.m3u8"]
    (tmp_path / "Edited.m3u8").write_text("by hand")
    written(tmp_path, head(1, "Mine"), head(3, "Edited"), text="z")
    written(tmp_path, text="z")
    assert files(tmp_path) == {"Mine.m3u8": "theirs", "link.m3u8": "theirs", "Edited.m3u8": "by hand"}


def test_a_dry_run_and_a_file_that_someone_removed(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    assert written(folder, head(1, "A"), dry_run=True).written == ["A.m3u8"]
    assert not folder.exists()
    written(folder, head(1, "A"))
    (folder / "A.m3u8").unlink()
    assert written(folder, head(1, "A")).written == ["A.m3u8"]


@pytest.mark.parametrize(
    "record",
    ["", "[]", '{"files": {"x": 1}}', '{"files": {"00000000-0000-0000-0000-000000000001": ["../a.m3u8", "d"]}}'],
)
def test_a_record_that_someone_changed_leads_nowhere(tmp_path: Path, record: str) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (tmp_path / "a.m3u8").write_text("keep")
    (folder / RECORD).write_text(record)
    written(folder, head(2, "B"))
    assert (tmp_path / "a.m3u8").read_text() == "keep"
    assert files(folder) == {"B.m3u8": "x B"}


def test_a_full_disk_leaves_whole_files_and_says_so(tmp_path: Path) -> None:
    written(tmp_path, head(1, "A"), head(2, "B"))

    def full(each: PlaylistHead) -> bytes:
        if each.name == "B":
            raise OSError(28, "No space left on device")
        return b"new"

    with pytest.raises(UserError, match="No space left"):
        write_folder(tmp_path, [head(1, "A"), head(2, "B")], full)
    assert files(tmp_path) == {"A.m3u8": "new", "B.m3u8": "x B"}
    assert written(tmp_path, head(1, "A"), head(2, "B")).strangers == []


def test_files_that_a_full_disk_kept_from_being_recorded_are_taken_up_again(tmp_path: Path) -> None:
    written(tmp_path, head(1, "A"), head(2, "B"))
    (tmp_path / RECORD).unlink()
    again = written(tmp_path, head(1, "A"), head(2, "B"))
    assert (sorted(again.unchanged), again.written, again.strangers) == (["A.m3u8", "B.m3u8"], [], [])
    assert written(tmp_path, head(2, "B")).removed == ["A.m3u8"]
