"""`--low-impact`: run at the lowest priority on half of the cores."""

import os

from polymuse import priority
from polymuse.errors import UserError


def lower_priority() -> None:
    """Give this process and its children half of the cores and the lowest priority.

    macOS cannot restrict cores. Raises UserError if the system supports neither.
    """
    if not hasattr(os, "nice"):
        raise UserError("--low-impact is not supported on this system", "Leave it out and choose fewer --jobs")
    priority.lower_priority()
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[: max(1, len(cores) // 2)])
