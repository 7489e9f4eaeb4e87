"""The priority of this process."""

import os

LOWEST_PRIORITY = 19


def lower_priority() -> None:
    """Give this process and those that it starts the lowest priority; no change on Windows.

    On Linux this also lowers the disk priority (ioprio_set(2): a process without an I/O priority derives it from its
    nice value).
    """
    if hasattr(os, "nice"):
        os.nice(LOWEST_PRIORITY)
