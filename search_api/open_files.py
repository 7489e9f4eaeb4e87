"""How many connections the limit on open files allows."""

import sys

MAX_CONNECTIONS = 512  # most of them idle
MIN_CONNECTIONS = 8
RESERVED = 64  # files of the store, the log, the worker and the process itself
FILES = 2  # of a connection: its socket, and the file that it sends or receives


def max_connections() -> int:
    """The limit on connections, below that on open files (`ulimit -n`)."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, (soft - RESERVED) // FILES))
