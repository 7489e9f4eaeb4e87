"""What inotify really watches: the library that uses it does not say when a limit is reached."""

import os
import sys
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fdinfo")
LIMITS = Path("/proc/sys/fs/inotify")
PLENTY = {"max_user_watches": 524_288, "max_user_instances": 1024}


def watched_inodes() -> set[int]:
    """The inodes that this process watches, from its inotify descriptors; empty where the system has none."""
    found: set[int] = set()
    for descriptor in _descriptors():
        try:
            text = (DESCRIPTORS / descriptor).read_text()
        except OSError:  # closed meanwhile
            continue
        for line in text.splitlines():
            if line.startswith("inotify "):
                fields = dict(field.split(":", 1) for field in line.split()[1:] if ":" in field)
                found.add(int(fields["ino"], 16))
    return found


def _descriptors() -> list[str]:
    if sys.platform != "linux":
        return []
    found = []
    for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208  only names
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}") == "anon_inode:inotify":  # noqa: PTH115
                found.append(descriptor)
        except OSError:  # closed meanwhile
            continue
    return found


def raise_limit(name: str) -> str:
    """The command that raises a limit: max_user_watches or max_user_instances."""
    try:
        now = int((LIMITS / name).read_text())
    except (OSError, ValueError):
        now = 0
    return f"sudo sysctl fs.inotify.{name}={max(PLENTY[name], 2 * now)}"
