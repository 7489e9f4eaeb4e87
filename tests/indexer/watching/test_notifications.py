"""Changes that the system reports."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.watching.notifications import MAX_WATCHERS, Notifications


@pytest.fixture
def notifications() -> Iterator[Notifications]:
    made = Notifications()
    yield made
    made.close()


def wait_for(notifications: Notifications, *paths: Path) -> None:
    wanted, deadline = {str(path) for path in paths}, time.monotonic() + 60
    while wanted and time.monotonic() < deadline:
        wanted -= {path for _, path in notifications.changes()}
    assert wanted == set()


def test_more_folders_than_watchers_are_all_watched(notifications: Notifications, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(2 * MAX_WATCHERS + 1)]
    for folder in folders:
        folder.mkdir()
        notifications.add([str(folder)])
    for folder in folders:
        (folder / "a.mp3").write_bytes(b"x")
    wait_for(notifications, *(folder / "a.mp3" for folder in folders))


def test_a_folder_that_does_not_exist_hides_no_other(notifications: Notifications, tmp_path: Path) -> None:
    notifications.add([str(tmp_path / "nothing"), str(tmp_path)])
    (tmp_path / "a.mp3").write_bytes(b"x")
    wait_for(notifications, tmp_path / "a.mp3")


def test_without_folders_nothing_is_watched(notifications: Notifications) -> None:
    notifications.add([])
    assert not notifications
    assert list(notifications.changes()) == []
