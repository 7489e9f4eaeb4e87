"""Disks that come and go, and users who may not read everything."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def mounted(folder: Path, megabytes: int = 64) -> Iterator[None]:
    """An empty file system in memory at this folder, or a skipped test where that is not allowed."""
    mount(folder, megabytes)
    try:
        yield
    finally:
        unmount(folder)


def mount(folder: Path, megabytes: int = 64) -> None:
    """Mount an empty file system in memory. Skips the test where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "polymuse-test", str(folder)]
    if sys.platform != "linux" or not shutil.which("mount") or subprocess.run(command, check=False).returncode:
        pytest.skip("needs the right to mount")


def unmount(folder: Path) -> None:
    """Unmount whatever is at the folder, also if it is in use."""
    while os.path.ismount(folder):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Within the block, this process has no rights beyond those of file modes, even if it runs as root."""
    if sys.platform == "win32":
        pytest.skip("needs file modes")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def open_folder() -> Iterator[Path]:
    """An empty folder that every user can read: pytest's own folders are only for the user who runs it."""
    with tempfile.TemporaryDirectory(prefix="polymuse-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
