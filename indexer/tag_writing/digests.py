"""Digests of the parts of files."""

import hashlib
from typing import BinaryIO

BLOCK = 2**20  # bytes that are read at once


class Digest:
    """A SHA-256 over parts, with the length of each, so that their borders count too."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, *parts: bytes) -> None:
        """Add small parts."""
        for part in parts:
            self._hash.update(len(part).to_bytes(8))
            self._hash.update(part)

    def add_rest(self, file: BinaryIO, start: int, size: int | None = None) -> None:
        """Add a part of a file, up to its end unless a size is given."""
        file.seek(0, 2)
        left = file.tell() - start if size is None else size
        self._hash.update(left.to_bytes(8, signed=True))
        file.seek(start)
        while left > 0 and (data := file.read(min(BLOCK, left))):
            self._hash.update(data)
            left -= len(data)

    @property
    def value(self) -> bytes:
        return self._hash.digest()
