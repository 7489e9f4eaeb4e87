"""A view of a folder that fails on request (FUSE): errors of a disk, a share or a server, without a real one."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.recording_disk import wait_for_mount

CALLS = ("look", "list", "read")  # attributes of files, names in folders, content


@dataclass(frozen=True, slots=True)
class Fault:
    """What a disk answers from now on."""

    error: str = ""  # a name of `errno`; "": nothing is wrong
    calls: tuple[str, ...] = CALLS  # that fail
    each: int = 1  # only each n-th of these calls fails


class FailingDisk:
    """A mounted view. Not for the process that mounts it."""

    def __init__(self, mount: Path, server: BaseProcess, requests: Any) -> None:
        self._mount = mount
        self._server = server
        self._requests = requests

    def fail(self, fault: Fault) -> None:
        """Answer so from now on. ENOTCONN in all calls is the real one: the server of the file system dies."""
        if fault.error == "ENOTCONN" and fault.each == 1:
            self._server.kill()
            self._server.join()
        else:
            self._requests.put(fault)

    def unmount(self) -> None:
        subprocess.run(["fusermount3", "-u", "-z", str(self._mount)], check=True)
        self._server.join(5)
        self._server.kill()


@contextmanager
def failing(folder: Path, mount: Path) -> Iterator[FailingDisk]:
    """The files of `folder`, read only, at `mount`."""
    context = get_context("fork")
    requests = context.SimpleQueue()
    server = context.Process(target=_serve, args=(folder, mount, requests), daemon=True)
    server.start()
    disk = FailingDisk(mount, server, requests)
    try:
        wait_for_mount(mount, server.is_alive)
        yield disk
    finally:
        disk.unmount()


def _serve(folder: Path, mount: Path, requests: Any) -> None:  # noqa: C901  # a class, whose base is imported here
    import mfusepy

    class View(mfusepy.Operations):
        use_ns = True

        def __init__(self) -> None:
            self._fault = Fault()
            self._count = 0

        def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
            if path != "/":  # the kernel needs it to mount
                self._check("look")
            found = os.lstat(f"{folder}{path}")
            names = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_ino", "st_blocks")
            times = {f"st_{n}time": getattr(found, f"st_{n}time_ns") for n in "amc"}
            return {name: getattr(found, name) for name in names} | times

        def readdir(self, path: str, fh: int) -> list[str]:
            self._check("list")
            return [".", "..", *(entry.name for entry in Path(f"{folder}{path}").iterdir())]

        def open(self, path: str, flags: int) -> int:
            self._check("read")
            return os.open(f"{folder}{path}", os.O_RDONLY)

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            self._check("read")
            return os.pread(fh, size, offset)

        def release(self, path: str, fh: int) -> int:
            os.close(fh)
            return 0

        def statfs(self, path: str) -> dict[str, int]:
            return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": 2**20, "f_bfree": 0, "f_bavail": 0}

        def _check(self, call: str) -> None:
            while not requests.empty():
                self._fault = requests.get()
            if self._fault.error and call in self._fault.calls:
                self._count += 1
                if self._count % self._fault.each == 0:
                    number = getattr(errno, self._fault.error)
                    raise OSError(number, os.strerror(number))

    # Nothing is kept by the kernel: each look at a file comes here.
    caches = {"attr_timeout": 0, "entry_timeout": 0, "negative_timeout": 0, "direct_io": True}
    mfusepy.FUSE(View(), str(mount), foreground=True, nothreads=True, ro=True, allow_other=os.geteuid() == 0, **caches)
    sys.exit()
