"""Reads what is left of a damaged shard, without the engine, which refuses it or would drop points.

A shard has folders segments/*, each with points in numbered slots. All numbers are little-endian, as of engine 0.9:

mutable_id_tracker.mappings    changes: what (1 byte), id (16 bytes), and slot (4 bytes) unless the point is deleted
payload_storage/tracker.dat    4 bytes, then for each slot where its payload is: there (0 or 1), page, block, length
                tracker_journal.dat  the latest changes of it: length and checksum, then slots with what is above
                page_0.dat     payloads in blocks: their length, then JSON compressed as in LZ4
vector_storage-NAME/vectors/chunk_0.mmap   vectors [dim] float32

Everything else is derived from these. Each value is checked, so that damage costs what it has hit and nothing else.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import numpy as np

from catalog.lz4 import decompress
from catalog.validation import unit_vector
from polymuse.parse_json import parse_json

MAPPINGS = "mutable_id_tracker.mappings"
VERSIONS = "mutable_id_tracker.versions"
VERSION = 8  # bytes
INSERTED, DELETED = 2, 4  # points whose ids are UUIDs
INSERT, DELETE = 21, 17  # bytes of a change
PAGE, BLOCK = 2**25, 128  # bytes
CHUNK = 2**25  # bytes of vectors in a file, at most
MAX_PAYLOAD = 2**24  # bytes; lyrics are the longest part
POINTER = struct.Struct("<IIII")  # there, page, block, length
CHANGE = struct.Struct("<IIIII")  # slot, and a pointer


class RawShard:
    """The segments of a shard. Use it in a `with`."""

    def __init__(self, path: Path, dim: int) -> None:
        """Raises nothing: a folder that is missing is empty."""
        self._segments = [RawSegment(each, dim) for each in sorted(path.glob("segments/*")) if each.is_dir()]

    def __enter__(self) -> "RawShard":
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._segments:
            each.close()

    def points(self) -> dict[str, "RawPoint"]:
        """All points by id."""
        return {id_: RawPoint(each, slot) for each in self._segments for id_, slot in each.slots().items()}

    def unnamed(self) -> list["RawPoint"]:
        """Points with a payload whose id is lost."""
        return [RawPoint(each, slot) for each in self._segments for slot in each.unnamed()]


class RawPoint:
    """A point, read when it is asked."""

    __slots__ = ("_segment", "_slot")

    def __init__(self, segment: "RawSegment", slot: int) -> None:
        self._segment = segment
        self._slot = slot

    def is_at(self, segment: Path, slots: range) -> bool:
        """Whether it is in one of these slots of the segment in a folder."""
        return self._slot in slots and self._segment.path == segment

    def payload(self) -> dict[str, Any] | None:
        """None if it cannot be read."""
        return self._segment.payload(self._slot)

    def vector(self, name: str) -> np.ndarray | None:
        """[dim] float32 of norm 1; None if it cannot be read."""
        return self._segment.vector(self._slot, name)


class RawSegment:
    """The files of a segment."""

    def __init__(self, path: Path, dim: int) -> None:
        self.path = path
        self._dim = dim
        self._files: dict[str, IO[bytes] | None] = {}
        self._opened = ExitStack()

    def close(self) -> None:
        self._opened.close()

    def slots(self) -> dict[str, int]:
        """The slot of each point that is not deleted, by id."""
        found: dict[str, int] = {}
        for id_, slot in mapping_changes(self._whole(MAPPINGS)):
            if slot is None:
                found.pop(id_, None)
            else:
                found[id_] = slot
        return found

    def unnamed(self) -> Iterator[int]:
        """The slots with a payload that no id has or had."""
        named = {slot for _, slot in mapping_changes(self._whole(MAPPINGS))}
        table = self._whole("payload_storage/tracker.dat")
        for slot in range((len(table) - 4) // POINTER.size):
            there = table[4 + POINTER.size * slot] == 1
            if slot not in named and (there or slot in self._journal) and self.payload(slot) is not None:
                yield slot

    def payload(self, slot: int) -> dict[str, Any] | None:
        stored = self._read("payload_storage/tracker.dat", 4 + POINTER.size * slot, POINTER.size)
        pointers = [POINTER.unpack(stored)] if len(stored) == POINTER.size else []
        if slot in self._journal:
            pointers.append(self._journal[slot])
        for there, page, block, length in pointers:
            if there == 1 and 4 < length <= MAX_PAYLOAD and (payload := self._decoded(page, block, length)) is not None:
                return payload
        return None

    def vector(self, slot: int, name: str) -> np.ndarray | None:
        size = 4 * self._dim
        chunk, number = divmod(slot, CHUNK // size)
        data = self._read(f"vector_storage-{name}/vectors/chunk_{chunk}.mmap", number * size, size)
        try:
            return unit_vector(np.frombuffer(data, "<f4").astype(np.float32), self._dim)
        except ValueError:
            return None

    @cached_property
    def _journal(self) -> dict[int, tuple[int, int, int, int]]:
        """The pointers by slot."""
        data, at = self._whole("payload_storage/tracker_journal.dat"), 0
        found: dict[int, tuple[int, int, int, int]] = {}
        while at + 8 <= len(data):
            size = int.from_bytes(data[at : at + 4], "little")
            if size % CHANGE.size or at + 8 + size > len(data):
                break
            for slot, *pointer in CHANGE.iter_unpack(data[at + 8 : at + 8 + size]):
                found[slot] = (pointer[0], pointer[1], pointer[2], pointer[3])
            at += 8 + size
        return found

    def _decoded(self, page: int, block: int, length: int) -> dict[str, Any] | None:
        data, at = b"", block * BLOCK
        while at < PAGE and len(data) < length:  # it may go on in the next page
            part = self._read(f"payload_storage/page_{page}.dat", at, min(length - len(data), PAGE - at))
            if not part:
                break
            data, page, at = data + part, page + 1, 0
        try:
            size = int.from_bytes(data[:4], "little")
            payload = parse_json(decompress(data[4:], size)) if size <= MAX_PAYLOAD else None
        except ValueError:
            return None
        return payload if isinstance(payload, dict) else None

    def _whole(self, name: str) -> bytes:
        path = self.path / name
        return self._read(name, 0, path.stat().st_size) if path.is_file() else b""

    def _read(self, name: str, start: int, size: int) -> bytes:
        """Fewer bytes where the file ends or its disk fails."""
        try:
            if name not in self._files:
                path = self.path / name
                self._files[name] = self._opened.enter_context(path.open("rb")) if path.is_file() else None
            file = self._files[name]
            if file is None:
                return b""
            file.seek(start)
            return file.read(size)
        except OSError:
            return b""


def restore_versions(shard: Path, tracks: int) -> bool:
    """Whether a list of versions was too short for that many points, and is longer now. Raises OSError.

    The engine takes points without a version for unfinished, and drops them. Any version will do.
    """
    lists = [each.with_name(VERSIONS) for each in shard.glob(f"segments/*/{MAPPINGS}")]
    if sum(map(_versions, lists)) >= tracks:
        return False
    longer = False
    for versions in lists:
        changes = mapping_changes(versions.with_name(MAPPINGS).read_bytes())
        slots = 1 + max((slot for _, slot in changes if slot is not None), default=-1)
        if _versions(versions) < slots:
            longer = True
            with versions.open("ab") as file:
                file.truncate(VERSION * slots)
                os.fsync(file.fileno())
    return longer


def point_ids(shard: Path) -> frozenset[str]:
    """The ids of all points."""
    with RawShard(shard, dim=1) as raw:  # of vectors, which are not read
        return frozenset(raw.points())


def lacks_ids(shard: Path, tracks: int) -> bool:
    """Whether there are fewer ids than that many points, and payloads without an id. Raises OSError.

    The engine would delete these.
    """
    if sum(_insertions(each.read_bytes()) for each in shard.glob(f"segments/*/{MAPPINGS}")) >= tracks:
        return False
    with RawShard(shard, dim=1) as raw:  # of vectors, which are not read
        return len(raw.points()) < tracks and bool(raw.unnamed())


def _insertions(data: bytes) -> int:
    """The number of points if none was ever deleted, quickly; 0 if that is not known."""
    changes = np.frombuffer(data[: len(data) // INSERT * INSERT], np.uint8).reshape(-1, INSERT)
    slots = changes[:, DELETE:].copy().view("<u4")[:, 0]
    whole = (changes[:, 0] == INSERTED).all() and np.array_equal(slots, np.arange(len(slots)))
    return len(slots) if whole else 0


def lacks_vectors(shard: Path, names: Iterable[str], tracks: int) -> bool:
    """Whether one of these vectors, which all points have, has fewer values than there are points. Raises OSError.

    The engine would fill it with zeros.
    """
    segments = [each for each in shard.glob("segments/*") if (each / VERSIONS).exists()]
    if len(segments) != 1:  # of several nobody knows how many points each has at least
        return False
    least = min(tracks, _versions(segments[0] / VERSIONS))
    files = [segments[0] / f"vector_storage-{name}" / "vectors" / "status.dat" for name in names]
    return any(_number(file) < least for file in files if file.parent.exists())


def _versions(file: Path) -> int:
    return file.stat().st_size // VERSION if file.exists() else 0


def _number(file: Path) -> int:
    return int.from_bytes(file.read_bytes()[:8], "little") if file.exists() else 0


def mapping_changes(data: bytes) -> Iterator[tuple[str, int | None]]:
    """Ids with their new slot, or None for a deleted point. After damaged bytes it goes on where slots fit again."""
    at, last, damaged = 0, -1, 0
    while at + DELETE <= len(data):
        what, id_ = data[at], data[at + 1 : at + DELETE]
        slot = int.from_bytes(data[at + DELETE : at + INSERT], "little")
        if what == INSERTED and at + INSERT <= len(data) and last < slot <= last + 1 + damaged // DELETE:
            yield str(UUID(bytes=id_)), slot
            at, last, damaged = at + INSERT, slot, 0
        elif what == DELETED and not damaged:
            yield str(UUID(bytes=id_)), None
            at += DELETE
        else:
            at, damaged = at + 1, damaged + 1
