"""The mounted file systems of this machine."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # proc(5)

# The kernel tells of changes made on this machine only; other machines, hosts or programs change these as well
REMOTE = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|davfs|drvfs|fakeowner|fuse\..*|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2"
    r"|orangefs|prl_fs|smb3|smbfs|vboxsf|virtiofs|vmhgfs"
)
# Reading a hole of a mapped file takes space there, as writing does everywhere
IN_MEMORY = ("tmpfs", "ramfs")


def mounts() -> Iterator[tuple[str, int, str]]:
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


def file_system_of(path: Path) -> str:
    """The type of the file system that holds a file or folder, such as "ext4"; "" where the system does not say."""
    try:
        device = path.stat().st_dev
    except OSError:
        return ""
    kinds = [kind for _, mounted, kind in mounts() if mounted == device]
    return kinds[-1] if kinds else ""
