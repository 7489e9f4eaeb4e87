"""File systems that do not tell of all changes, and where disks are mounted."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # proc(5)

# The kernel tells of changes made on this machine only; other machines, hosts or programs change these as well
REMOTE = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|davfs|drvfs|fakeowner|fuse\..*|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2"
    r"|orangefs|prl_fs|smb3|smbfs|vboxsf|virtiofs|vmhgfs"
)


def remote_devices() -> frozenset[int]:
    """The devices (st_dev) of file systems that others change as well; none where the system does not say."""
    return frozenset(device for _, device, kind in _mounts() if REMOTE.fullmatch(kind))


def mounts_below(roots: Sequence[Path]) -> dict[Path, int]:
    """{path: device} of what is mounted below the roots, as paths below the roots."""
    found: dict[Path, int] = {}
    mounts = list(_mounts())
    for root in roots:
        real = os.path.realpath(root)
        below = real.rstrip(os.sep) + os.sep
        for path, device, _ in mounts:
            if path.startswith(below):
                found[root / path.removeprefix(below)] = device  # the last one lies on top
    return found


def _mounts() -> Iterator[tuple[str, int, str]]:
    """(path, device, type) of each mounted file system, in the order in which they were mounted."""
    if sys.platform != "linux":
        return
    try:
        text = os.fsdecode(MOUNTS.read_bytes())
    except OSError:
        return
    for line in text.splitlines():
        mount, separator, source = line.partition(" - ")
        fields = mount.split(" ")
        if not separator or len(fields) < 5:
            continue
        major, _, minor = fields[2].partition(":")
        path = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])  # spaces and tabs
        yield path, os.makedev(int(major), int(minor)), source.split(" ")[0]
