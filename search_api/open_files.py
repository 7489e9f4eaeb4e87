"""How many connections the limit on open files allows."""

import sys
from contextlib import suppress

MAX_CONNECTIONS = 4096  # most of them idle
MIN_CONNECTIONS = 8
RESERVED = 64  # files of the store, the log, the worker and the process itself
FILES = 2  # of a connection: its socket, and the file that it sends or receives


def raise_limit() -> None:
    """Raise the soft limit on open files as far as the connections need it and the hard limit permits.

    The soft limit is low for the sake of programs that use select() (https://0pointer.net/blog/file-descriptor-limits.html).
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = RESERVED + FILES * MAX_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # the system has a lower limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    """The limit on connections, below the soft limit on open files (`ulimit -n`)."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, (soft - RESERVED) // FILES))
