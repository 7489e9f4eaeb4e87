"""A file system in memory that records what reaches it (FUSE): pages, names, sizes and syncs, in their order.

Writes through memory maps are among them, as they reach a disk: when the kernel writes the pages back, which it does
at a sync at the latest. What a process has changed in a map before is recorded with the page.
"""

import errno
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.power_loss import PAGE, ROOT, File, Make, Mark, Move, Operation, Remove, Resize, Sync, Tree, Write
from benchmarks.power_loss import page_images as images

MARK = "user.mark"  # the attribute of the top folder whose values are recorded
WAITS = 60  # seconds for the disk to appear


def can_record() -> bool:
    """Whether this machine lets this user mount such a file system."""
    try:
        import mfusepy  # noqa: F401  # loads libfuse
    except (ImportError, OSError):
        return False
    return os.access("/dev/fuse", os.R_OK | os.W_OK)


@contextmanager
def recording(mount: Path) -> Iterator[list[Operation]]:
    """An empty disk at the folder `mount`. The list is filled at the end.

    Another process must use it: one that waits for a page of a map holds its interpreter, and so would stop the disk.
    """
    operations: list[Operation] = []
    ours, theirs = get_context("fork").Pipe(duplex=False)
    disk = get_context("fork").Process(target=_serve, args=(mount, theirs))
    disk.start()
    theirs.close()
    try:
        wait_for_mount(mount, disk.is_alive)
        yield operations
    finally:
        subprocess.run(["fusermount3", "-u", str(mount)], check=True)
        operations.extend(ours.recv())
        disk.join()


def mark(mount: Path, text: str) -> None:
    """Record a message."""
    os.setxattr(mount, MARK, text.encode())


def _serve(mount: Path, result: Connection) -> None:  # noqa: C901  # a class, whose base is imported here
    import mfusepy

    class Recorder(mfusepy.Operations):
        """Paths start with "/"; handles are inodes."""

        use_ns = True

        def __init__(self) -> None:
            self.log: list[Operation] = []
            self._tree = Tree()
            self._times: dict[int, int] = {}
            self._last = ROOT

        def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
            inode = self._find(path)
            at = self._times.get(inode, 0)
            times = {"st_mtime": at, "st_ctime": at, "st_atime": at, "st_uid": os.getuid(), "st_gid": os.getgid()}
            if inode in self._tree.folders:
                return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2, "st_size": PAGE, **times}
            size = self._tree.files[inode].size
            blocks = len(self._tree.files[inode].pages) * PAGE // 512
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size, "st_blocks": blocks, **times}

        def readdir(self, path: str, fh: int) -> list[str]:
            return [".", "..", *self._tree.folders[self._find(path)]]

        def statfs(self, path: str) -> dict[str, int]:
            return {"f_bsize": PAGE, "f_frsize": PAGE, "f_blocks": 2**24, "f_bfree": 2**23, "f_bavail": 2**23}

        def open(self, path: str, flags: int) -> int:  # the kernel truncates in a call of its own
            return self._find(path)

        def create(self, path: str, mode: int, fi: object = None) -> int:
            return self._make(path, folder=False)

        def mkdir(self, path: str, mode: int) -> int:
            self._make(path, folder=True)
            return 0

        def unlink(self, path: str) -> int:
            self._name(Remove(self._find(_parent(path)), _name_in(path)))
            return 0

        def rmdir(self, path: str) -> int:
            if self._tree.folders[self._find(path)]:
                raise OSError(errno.ENOTEMPTY, "not empty")
            return self.unlink(path)

        def rename(self, old: str, new: str) -> int:
            to, inode = self._find(_parent(new)), self._find(old)
            name = _name_in(old)
            self._name(Move(self._find(_parent(old)), name, to, _name_in(new), inode))
            return 0

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            file = self._tree.files[fh]
            size = max(0, min(size, file.size - offset))
            numbers = range(offset // PAGE, (offset + size + PAGE - 1) // PAGE)
            content = b"".join(file.pages.get(number, bytes(PAGE)) for number in numbers)
            return content[offset % PAGE : offset % PAGE + size]

        def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
            file = self._tree.files[fh]
            changed = [*images(file, data, offset)]
            if offset + len(data) > file.size and not changed:  # zeros beyond the end
                changed = [((offset + len(data) - 1) // PAGE, bytes(PAGE))]
            file.size = max(file.size, offset + len(data))
            for number, image in changed:
                file.pages[number] = image
                self.log.append(Write(fh, number, image, file.size))
            self._times[fh] = time.time_ns()
            return len(data)

        def truncate(self, path: str, length: int, fh: int | None = None) -> int:
            inode = self._find(path) if fh is None else fh
            if self._tree.files[inode].size != length:
                self._tree.files[inode].resize(length)
                self.log.append(Resize(inode, length))
            return 0

        def fsync(self, path: str, datasync: int, fh: int) -> int:
            self.log.append(Sync(fh))
            return 0

        def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
            self.log.append(Sync(self._find(path)))
            return 0

        def chmod(self, path: str, mode: int) -> int:  # modes are not recorded
            return 0

        def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
            self._times[self._find(path)] = times[1] if times else time.time_ns()
            return 0

        def setxattr(self, path: str, name: str, value: bytes, options: int, position: int = 0) -> int:
            if (path, name) != ("/", MARK):
                raise OSError(errno.ENOTSUP, "no attributes")
            self.log.append(Mark(value.decode()))
            return 0

        def _make(self, path: str, *, folder: bool) -> int:
            self._last += 1
            if not folder:
                self._tree.files[self._last] = File()
            self._name(Make(self._find(_parent(path)), _name_in(path), self._last, folder))
            self._times[self._last] = time.time_ns()
            return self._last

        def _name(self, change: Make | Remove | Move) -> None:
            self._tree.apply(change)
            self.log.append(change)
            for folder in {change.parent, change.to_parent if isinstance(change, Move) else change.parent}:
                self._times[folder] = time.time_ns()

        def _find(self, path: str) -> int:
            inode = ROOT
            for name in path.split("/"):
                if name:
                    try:
                        inode = self._tree.folders[inode][name]
                    except KeyError:
                        raise OSError(errno.ENOENT, "not found") from None
            return inode

    recorder = Recorder()
    # The kernel may keep what it knows: all changes go through it.
    caches = {"kernel_cache": True, "attr_timeout": 3600, "entry_timeout": 3600}
    mfusepy.FUSE(recorder, str(mount), foreground=True, nothreads=True, **caches)
    result.send(recorder.log)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name_in(path: str) -> str:
    return path.rpartition("/")[2]


def wait_for_mount(mount: Path, alive: Callable[[], bool]) -> None:
    """Return once it is mounted. Raises RuntimeError if the process that serves it has ended, or takes too long."""
    end = time.monotonic() + WAITS
    while not mount.is_mount():
        if not alive() or time.monotonic() > end:
            raise RuntimeError(f"{mount} cannot be mounted")
        time.sleep(0.01)
