"""Folders that are looked at from time to time."""

import os
import shutil
from pathlib import Path

import pytest

from indexer.watching.polling import INTERVAL_SECONDS, Polling, fingerprint
from indexer.watching.settling import QUIET_SECONDS


class Looks:
    """Polling with a clock that the test sets."""

    def __init__(self, *folders: Path) -> None:
        self.now = 0.0
        self.polling = Polling(clock=lambda: self.now)
        self.polling.add(map(str, folders))

    def after(self, seconds: float) -> set[str]:
        self.now += seconds
        self.polling.look()
        return self.polling.changed()


def test_a_change_is_seen_at_the_next_look_once_it_is_quiet(tmp_path: Path) -> None:
    looks = Looks(tmp_path)
    file = tmp_path / "a.mp3"
    file.write_bytes(b"x")
    assert looks.after(INTERVAL_SECONDS / 2) == set()
    assert looks.after(INTERVAL_SECONDS / 2) == set()
    file.write_bytes(b"more")  # it is still being written
    assert looks.after(QUIET_SECONDS) == set()
    assert looks.after(QUIET_SECONDS) == {str(tmp_path)}
    assert looks.after(INTERVAL_SECONDS) == set()


def test_new_folders_and_deletion_are_changes(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    looks = Looks(folder)
    (folder / "b").mkdir()
    looks.after(INTERVAL_SECONDS)
    assert looks.after(QUIET_SECONDS) == {str(folder)}
    shutil.rmtree(folder)
    looks.after(INTERVAL_SECONDS)
    assert looks.after(QUIET_SECONDS) == {str(folder)}


def test_what_is_not_wanted_any_more_is_not_looked_at(tmp_path: Path) -> None:
    looks = Looks(tmp_path)
    (tmp_path / "a.mp3").write_bytes(b"x")
    looks.after(INTERVAL_SECONDS)
    looks.polling.keep(lambda path: path != str(tmp_path))
    assert len(looks.polling) == 0
    assert looks.after(QUIET_SECONDS) == set()


@pytest.mark.parametrize("content", [b"y", b"longer"])
def test_a_fingerprint_changes_with_the_files(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.mp3"
    file.write_bytes(b"x")
    before = fingerprint(str(tmp_path))
    assert fingerprint(str(tmp_path)) == before
    file.write_bytes(content)
    os.utime(file, ns=(0, 0))
    assert fingerprint(str(tmp_path)) != before
