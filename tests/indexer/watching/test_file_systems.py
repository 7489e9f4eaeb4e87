"""Types of file systems, and mounts."""

import os
from pathlib import Path

import pytest

from indexer.watching.file_systems import REMOTE, mounts_below, remote_devices
from tests.helpers.disks import mounted, open_folder


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "virtiofs"])
def test_types_that_others_change(kind: str) -> None:
    assert REMOTE.fullmatch(kind)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "zfs", "fuseblk", "exfat", "tmpfs", "overlay", "apfs"])
def test_types_of_which_the_system_knows_all_changes(kind: str) -> None:
    assert not REMOTE.fullmatch(kind)


def test_a_local_disk_is_not_remote(tmp_path: Path) -> None:
    assert tmp_path.stat().st_dev not in remote_devices()


def test_mounts_below_a_root_also_through_a_link() -> None:
    with open_folder() as folder:
        disk = folder / "music" / "a disk"
        disk.mkdir(parents=True)
        link = folder / "link"
        link.symlink_to(folder / "music")
        roots = [folder / "music", link, folder / "other"]
        assert mounts_below(roots) == {}
        with mounted(disk):
            device = os.stat(disk).st_dev  # noqa: PTH116
            assert mounts_below(roots) == {disk: device, link / "a disk": device}
            assert mounts_below([disk]) == {}
