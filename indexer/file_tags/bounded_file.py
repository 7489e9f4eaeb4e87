"""A file of which only so much is read: parsers trust sizes and counts in damaged headers."""

import errno
import io
from typing import BinaryIO

MAX_BYTES = 32 * 2**20  # in all; covers are skipped by the readers or fit
MAX_READS = 100_000


class BoundedFile(io.RawIOBase):
    """A binary file for reading. Raises OSError once MAX_BYTES were read or MAX_READS reads were made."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes = MAX_BYTES
        self._reads = MAX_READS

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        asked = MAX_BYTES + 1 if size is None or size < 0 else size
        data = self._file.read(min(asked, self._bytes + 1))
        self._reads -= 1
        self._bytes -= len(data)
        if self._reads < 0 or self._bytes < 0:
            raise OSError(errno.EFBIG, "the tags are too large")
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
