"""Mounted file systems."""

import sys
from pathlib import Path

import pytest

from polymuse.mounts import IN_MEMORY, REMOTE, file_system_of
from tests.helpers.disks import mounted, open_folder


def test_the_type_of_a_file_system() -> None:
    with open_folder() as folder, mounted(folder):
        assert file_system_of(folder) in IN_MEMORY


def test_none_of_what_is_not_there(tmp_path: Path) -> None:
    assert file_system_of(tmp_path / "nothing") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_local_disk(tmp_path: Path) -> None:
    assert not REMOTE.fullmatch(file_system_of(tmp_path))
