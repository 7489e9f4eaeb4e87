"""A copy of a store as it was, beside it."""

import os
import shutil
from pathlib import Path

from polymuse.errors import UnavailableError
from polymuse.files import SUFFIX

MARGIN = 256 * 2**20  # bytes that stay free for the store itself to be opened
NOT_COPIED = ("owner.lock", "owner.json")


def back_up(store: Path, name: str, size: int) -> Path:
    """Copies the directory `store`, which takes `size` bytes on disk, to `name` beside it, in place of an older copy.

    The copy has its name only once it is whole. Raises UnavailableError where there is no room, and OSError.
    """
    free = shutil.disk_usage(store).free
    if free < size + MARGIN:
        raise UnavailableError(
            f"The store {store} needs a copy of itself before it is brought to a new format: {free // 2**20} MiB are "
            f"free, {(size + MARGIN) // 2**20} MiB are needed",
            "Free some space and run the command again; nothing was changed.",
        )
    target = store.with_name(name)
    part = target.with_name(name + SUFFIX)  # perhaps of a process that was killed
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(store, part, copy_function=copy_data, ignore=shutil.ignore_patterns(*NOT_COPIED))
    if target.exists():
        shutil.rmtree(target)
    part.rename(target)
    return target


def copy_data(source: str, target: str) -> None:
    """Copies a file without its holes, onto the disk: the files of a shard are 400 MB long, most of it holes."""
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
