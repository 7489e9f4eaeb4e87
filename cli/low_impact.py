"""`--low-impact`: a run that other programs hardly notice."""

import os

from polymuse.errors import UserError

LOWEST_PRIORITY = 19


def lower_priority() -> None:
    """Give this process, and those that it starts, half of the cores and the lowest priority.

    On Linux the priority holds for the disk as well (ioprio_set(2): without an I/O priority of its own, a process has
    the one that its nice value stands for). macOS knows no share of cores. Raises UserError where there is neither.
    """
    if not hasattr(os, "nice"):
        raise UserError("--low-impact is not known on this system", "Leave it out and choose fewer --jobs")
    os.nice(LOWEST_PRIORITY)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[: max(1, len(cores) // 2)])
