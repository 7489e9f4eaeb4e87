"""What a file has beside its content: owner, mode, access lists and extended attributes. Its copy gets them as well."""

import ctypes
import errno
import os
import sys
from pathlib import Path

from indexer.tag_writing.items import RefusedError, UnsupportedError

COPY_ALL = 0b111  # COPYFILE_ACL, COPYFILE_STAT and COPYFILE_XATTR of macOS
NONE = (errno.ENOTSUP, errno.ENOSYS)  # of file systems without extended attributes


def check_single(status: os.stat_result) -> None:
    """Raises UnsupportedError for a file with several names: the others would keep the file without the tags."""
    if status.st_nlink > 1:
        names = status.st_nlink
        raise UnsupportedError(f"it has {names} names (hard links); --split-links gives this one a file of its own")


def keep_attributes(source: Path, target: Path) -> None:
    """Give a new file the owner, the access list and the attributes of another; the caller sets its mode.

    Raises RefusedError if that is not possible, so that nothing of them is lost.
    """
    if sys.platform == "win32":  # a new file gets the access list of its folder
        return
    if sys.platform == "darwin":
        if ctypes.CDLL(None).copyfile(os.fsencode(source), os.fsencode(target), None, COPY_ALL):
            raise RefusedError("its owner or its attributes cannot be kept")
        return
    if not hasattr(os, "listxattr"):
        raise UnsupportedError("extended attributes cannot be kept on this system")
    old = source.stat()
    _keep_owner(old, target)
    attributes = _attributes(source)
    target.chmod(old.st_mode & 0o7777)  # before the access lists, of which it is a part
    try:
        for name in _attributes(target).keys() - attributes.keys():  # from the folder
            os.removexattr(target, name)
        for name, value in attributes.items():
            if _attributes(target).get(name) != value:
                os.setxattr(target, name, value)
    except OSError as error:
        raise RefusedError(f"its extended attributes cannot be kept: {error.strerror}") from error


def _keep_owner(old: os.stat_result, target: Path) -> None:
    new = target.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.chown(target, old.st_uid, old.st_gid)
        except OSError as error:
            raise RefusedError("its owner cannot be kept; run as that user") from error


def _attributes(path: Path) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}
    except OSError as error:
        if error.errno in NONE:
            return {}
        raise RefusedError(f"its extended attributes cannot be read: {error.strerror}") from error
