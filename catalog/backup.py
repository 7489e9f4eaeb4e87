"""Backup copies of a store, in the same parent directory."""

import os
import shutil
from pathlib import Path

from polymuse.errors import UnavailableError
from polymuse.files import SUFFIX, move, sync_tree

MARGIN = 256 * 2**20  # bytes to keep free, which opening the store needs
NOT_COPIED = ("owner.lock", "owner.json", "owner.sock")


def back_up(store: Path, name: str, size: int) -> Path:
    """Copy the directory `store` of `size` bytes on disk to its sibling `name`, replacing an older copy.

    The copy gets its name only once it is complete. Raises UnavailableError if there is not enough space, and OSError.
    """
    free = shutil.disk_usage(store).free
    if free < size + MARGIN:
        raise UnavailableError(
            f"The store {store} must be backed up before this version of polymuse opens it: {free // 2**20} MiB are "
            f"free, {(size + MARGIN) // 2**20} MiB are needed",
            "Free some space and run the command again; nothing was changed.",
        )
    target = store.with_name(name)
    part = target.with_name(name + SUFFIX)  # may be left over from a killed process
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(store, part, copy_function=copy_data, ignore=shutil.ignore_patterns(*NOT_COPIED))
    if target.exists():
        shutil.rmtree(target)
    sync_tree(part)
    move(part, target)
    return target


def copy_data(source: str, target: str) -> None:
    """Copy a file without its holes, and sync it: the files of a shard are 400 MB long but mostly holes."""
    if not hasattr(os, "SEEK_DATA"):
        shutil.copyfile(source, target)
        return
    with Path(source).open("rb") as reading, Path(target).open("wb") as writing:
        size, end = os.fstat(reading.fileno()).st_size, 0
        writing.truncate(size)
        while end < size:
            try:
                start = os.lseek(reading.fileno(), end, os.SEEK_DATA)
            except OSError:  # only a hole is left
                break
            end = os.lseek(reading.fileno(), start, os.SEEK_HOLE)
            while start < end:
                start += os.pwrite(writing.fileno(), os.pread(reading.fileno(), min(end - start, 2**24), start), start)
        os.fsync(writing.fileno())
