"""Whether another program has locked a file."""

import errno
import sys
from typing import BinaryIO

from indexer.tag_writing.items import RefusedError

if sys.platform != "win32":
    import fcntl

LOCKED = (errno.EAGAIN, errno.EACCES)


def check_unlocked(file: BinaryIO) -> None:
    """Raises RefusedError if another process holds a lock of either kind. File systems without locks have none.

    Windows refuses to replace a file that is open elsewhere, which is reported as any other error.
    """
    if sys.platform == "win32":
        return
    for lock, unlock in ((fcntl.flock, fcntl.LOCK_UN), (fcntl.lockf, fcntl.LOCK_UN)):
        try:
            lock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            lock(file, unlock)
        except OSError as error:
            if error.errno in LOCKED:
                raise RefusedError("another program has locked it; try again later") from error
