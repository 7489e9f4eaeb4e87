"""Tracks by ids that another server makes of the paths of their files.

Such an id is a hash, so that only an index leads from it to a track. The index keeps 24 bytes a track: the first 8 of
the hash and the id. A track that it names is read, and counts only if one of its paths has that hash now. So the index
need not forget what is removed, and tracks whose hashes begin alike do no harm.
"""

import hashlib
import uuid
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from catalog.engine import ANYTHING, Engine, Point
from catalog.kept_reading import KeptReading
from catalog.keys import decode_path
from catalog.playlists.places import Places
from catalog.track import Track

PENDING = 4096  # hashes beside the sorted ones, from which all are sorted again

Hashes: TypeAlias = tuple[np.ndarray, np.ndarray]  # [n] uint64, ascending, and [n, 16] uint8, the bytes of the ids
Hashed: TypeAlias = tuple[bytes, tuple[int, ...]]  # id of a track, and the beginnings of the hashes of its paths


@dataclass(frozen=True, slots=True)
class PathHash:
    """MD5 of `salt` and a path as the other server sees it, both as UTF-16, little-endian.

    `mapped` are pairs of (folder of the library, what the other server calls it); see `catalog.playlists.places`.
    """

    salt: str
    mapped: tuple[tuple[str, str], ...] = ()

    def of(self, path: str) -> str:
        """32 hexadecimal digits; "" for a path that is not UTF-8, which such servers cannot read."""
        try:
            data = (self.salt + self.place(path)).encode("utf-16-le")
        except UnicodeEncodeError:
            return ""
        return hashlib.md5(data, usedforsecurity=False).hexdigest()

    def place(self, path: str) -> str:
        """The path as the other server sees it, on Windows with backslashes."""
        place = Places(None, self.mapped).place(path) if self.mapped else path
        is_windows = place[1:3] in (":\\", ":/") or place.startswith("\\\\")
        return place.replace("/", "\\") if is_windows else place


class PathHashes(KeptReading[Hashed, Hashes]):
    """The index of one rule over the tracks of an engine. Thread-safe."""

    def __init__(
        self, engine: Engine, writing: AbstractContextManager[object], rule: PathHash, *, others_write: bool
    ) -> None:
        """As `KeptReading`."""
        super().__init__(engine, writing, ("paths",), others_write=others_write)
        self._rule = rule
        self._known = _sorted(array("Q"), bytearray())
        self._new: dict[int, list[bytes]] = {}
        self._counted = 0

    def candidates(self, digests: Iterable[str]) -> list[str]:
        """The ids of tracks that may have a path with one of these hashes."""
        wanted = {int(digest[:16], 16) for digest in digests}
        self.prepare()
        with self._lock:
            known, ids = self._known
            found = {raw for each in wanted for raw in self._new.get(each, ())}
            values = np.array(sorted(wanted), np.uint64)
            starts, ends = np.searchsorted(known, values), np.searchsorted(known, values, side="right")
            for start, end in zip(starts, ends, strict=True):
                found.update(row.tobytes() for row in ids[start:end])
        return [str(uuid.UUID(bytes=raw)) for raw in found]

    def bytes_used(self) -> int:
        """The memory of the index without what is new."""
        return sum(each.nbytes for each in self._known)

    def _row(self, point: Point) -> Hashed:
        paths = map(decode_path, point.payload.get("paths", ()))
        hashes = tuple(int(digest[:16], 16) for path in paths if (digest := self._rule.of(path)))
        return uuid.UUID(point.id).bytes, hashes

    def _all(self, points: Iterator[Point]) -> Hashes:
        self._counted = self._engine.count(ANYTHING)
        hashes, ids = array("Q"), bytearray()
        for id_, of_track in map(self._row, points):
            hashes.extend(of_track)
            ids += id_ * len(of_track)
        return _sorted(hashes, ids)

    def _begin(self, everything: Hashes) -> None:
        self._known = everything
        self._new = {}

    def _apply(self, removed: Sequence[str], rows: Sequence[Hashed]) -> None:  # noqa: ARG002  see the module
        for id_, hashes in rows:
            for each in hashes:
                same = self._new.setdefault(each, [])
                if id_ not in same:
                    same.append(id_)
        if len(self._new) > PENDING:
            pairs = [(each, id_) for each, same in self._new.items() for id_ in same]
            known, ids = self._known
            merged = array("Q", known.tobytes())
            merged.extend(each for each, _ in pairs)
            self._known = _sorted(merged, bytearray(ids.tobytes()) + b"".join(id_ for _, id_ in pairs))
            self._new = {}

    def _tracks(self) -> int:
        return self._counted


def matching(rule: PathHash, digests: Iterable[str], tracks: Iterable[Track]) -> dict[str, Track]:
    """{hash: track} for those of the hashes that a path of a track has."""
    wanted = frozenset(digests)
    return {digest: track for track in tracks for file in track.files if (digest := rule.of(file.path)) in wanted}


def _sorted(hashes: array, ids: bytearray) -> Hashes:
    known = np.frombuffer(hashes, np.uint64) if len(hashes) else np.zeros(0, np.uint64)
    rows = np.frombuffer(ids, np.uint8).reshape(-1, 16) if len(ids) else np.zeros((0, 16), np.uint8)
    order = np.argsort(known, kind="stable")
    return known[order], rows[order]
