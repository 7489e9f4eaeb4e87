"""What the kernel says about watches."""

import sys
from pathlib import Path

import pytest

from indexer.watching.inotify import raise_limit, watched_inodes
from indexer.watching.notifications import Notifications

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")


def test_watched_folders_are_found_until_they_are_closed(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    watched, other = ((tmp_path / name).stat().st_ino for name in "ab")
    notifications = Notifications()
    notifications.add([str(tmp_path / "a")])
    assert watched in watched_inodes()
    assert other not in watched_inodes()
    notifications.close()


def test_the_command_raises_the_limit() -> None:
    command, value = raise_limit("max_user_watches").split("=")
    assert command == "sudo sysctl fs.inotify.max_user_watches"
    assert int(value) >= 2 * int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
