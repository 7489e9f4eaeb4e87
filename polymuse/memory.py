"""Memory: of the machine, of a process, and a limit for a process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polymuse.errors import UserError

CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # v2, v1


def total_memory() -> int | None:
    """Memory of this machine or its container in bytes; None if it is unknown."""
    if not hasattr(os, "sysconf"):
        return None
    return min([os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *filter(None, map(_limit, CGROUP_LIMITS))])


def memory_of(pid: int) -> int | None:
    """Resident bytes of a process without file-backed pages; None if unknown (not on Linux)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return None
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")  # proc(5): resident - shared


def limit_memory(limit: int) -> None:
    """Limits the private memory of this process; larger allocations raise MemoryError. Linux only."""
    if sys.platform == "linux":  # elsewhere the limit ignores mapped memory or does not exist
        import resource

        # Not RLIMIT_AS: torch and CUDA reserve far more address space than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _limit(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None


@contextmanager
def shortage_as(error: UserError) -> Iterator[None]:
    """Raises this error instead of what Python and torch raise when memory runs out."""
    try:
        yield
    except MemoryError as cause:
        raise error from cause
    except RuntimeError as cause:
        if "allocate memory" in str(cause):  # torch
            raise error from cause
        raise
