"""File systems that do not tell of all changes, and where disks are mounted."""

import os
from collections.abc import Sequence
from pathlib import Path

from polymuse.mounts import REMOTE, mounts


def remote_devices() -> frozenset[int]:
    """The devices (st_dev) of file systems that others change as well; none where the system does not say."""
    return frozenset(device for _, device, kind in mounts() if REMOTE.fullmatch(kind))


def mounts_below(roots: Sequence[Path]) -> dict[Path, int]:
    """{path: device} of what is mounted below the roots, as paths below the roots."""
    found: dict[Path, int] = {}
    mounted = list(mounts())
    for root in roots:
        real = os.path.realpath(root)
        below = real.rstrip(os.sep) + os.sep
        for path, device, _ in mounted:
            if path.startswith(below):
                found[root / path.removeprefix(below)] = device  # the last one lies on top
    return found
