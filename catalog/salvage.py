"""Saves what can be read of a store that the engine refuses, in a new store that takes its place.

<store>/salvaged/tracks__<space>     being filled
<store>/damaged--tracks__<space>     the damaged store, kept as it was
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from catalog import description, owner
from catalog.catalog import Catalog
from catalog.description import Space
from catalog.engine import Payload
from catalog.keys import decode_path
from catalog.overwritten import OVERWRITTEN, Overwritten
from catalog.payload import segment_count, to_track
from catalog.raw_shard import RawPoint, RawShard
from catalog.segments import segment_ids
from catalog.store import directory_of
from catalog.store_versions import SALVAGED, put_in_use
from catalog.track import Entry
from catalog.validation import InvalidEntryError, check_entry
from polymuse.errors import UnavailableError
from polymuse.music import MIX, Segment

BATCH = 64  # tracks per write
INVALID = (KeyError, TypeError, ValueError, AttributeError)  # of payloads with other content


@dataclass(slots=True)
class Salvaged:
    """What became of a damaged store."""

    kept: Path | None = None  # the damaged store; None: nothing could be read, and it is where it was
    expected: int = 0  # tracks that it had at least
    saved: int = 0
    incomplete: int = 0  # of those saved: tracks to be analysed again
    gone: list[str] = field(default_factory=list)  # those tracks not saved of which anything is known, by name

    @property
    def missing(self) -> int:
        """Number of tracks that were not saved."""
        return max(self.expected - self.saved, len(self.gone))


def salvage(store: Path, space: Space) -> Salvaged:
    """Replace the store of this space below `store`, which is damaged. Raises UnavailableError, InUseError."""
    damaged, place = directory_of(store, space), store / SALVAGED
    new = directory_of(place, space)
    result = Salvaged(expected=description.read(damaged).tracks)
    try:
        shutil.rmtree(new, ignore_errors=True)  # of a repair that was killed
        with owner.lock(damaged, shared=False):
            with Catalog.open(place, space) as target:
                for batch in _batches(damaged, space.dim, result):
                    _store(target, batch, result)
            owner.withdraw(damaged)
        if result.saved or not result.expected:
            result.kept = _free_name(damaged)
            put_in_use(store, new, result.kept)
        else:
            shutil.rmtree(place)
    except OSError as error:
        raise UnavailableError(
            f"The store {damaged} cannot be repaired: {error.strerror}", "Check permissions and free space of its disk."
        ) from error
    return result


def _batches(damaged: Path, dim: int, result: Salvaged) -> Iterator[list[Entry]]:
    overwritten = frozenset(Overwritten(damaged / OVERWRITTEN).left())
    with RawShard(damaged / "shard", dim) as tracks, RawShard(damaged / "segments", dim) as segments:
        of_tracks = segments.points()
        batch: list[Entry] = []
        for id_, point in tracks.points().items():
            entry = _entry(id_, point, of_tracks, dim, result)
            if entry is None:
                continue
            if id_ in overwritten:
                entry = _to_be_analysed(entry)
            result.incomplete += not entry.track.models
            batch.append(entry)
            if len(batch) == BATCH:
                yield batch
                batch = []
        yield batch


def _entry(id_: str, point: RawPoint, segments: Mapping[str, RawPoint], dim: int, result: Salvaged) -> Entry | None:
    """A track that can be stored; without names of models if its analysis must be repeated."""
    payload = point.payload()
    if payload is None:
        result.gone.append(f"track {id_}")
        return None
    try:
        track, stems = to_track(id_, payload), list(payload["has"])
        found = {name: vector for name in stems if (vector := point.vector(name)) is not None}
        parts = [_segment(segments.get(each)) for each in segment_ids(id_, range(segment_count(payload)))]
        entry = check_entry(Entry(track, found, tuple(part for part in parts if part is not None)), dim)
    except (*INVALID, InvalidEntryError):
        result.gone.append(_name(id_, payload))
        return None
    return entry if len(found) == len(stems) and None not in parts else _to_be_analysed(entry)


def _to_be_analysed(entry: Entry) -> Entry:
    return replace(entry, track=replace(entry.track, models={}))


def _segment(point: RawPoint | None) -> Segment | None:
    payload, vector = (None, None) if point is None else (point.payload(), point.vector(MIX))
    try:
        return None if payload is None or vector is None else Segment(payload["start"], payload["end"], vector)
    except INVALID:
        return None


def _name(id_: str, payload: Payload) -> str:
    try:
        return decode_path(payload["files"][0]["path"])
    except (*INVALID, IndexError):
        return f"track {id_}"


def _store(target: Catalog, batch: list[Entry], result: Salvaged) -> None:
    try:
        target.upsert(batch)
        result.saved += len(batch)
    except InvalidEntryError:  # two claim one file
        for entry in batch:
            target.upsert([entry])
            result.saved += 1


def _free_name(damaged: Path) -> Path:
    names = (damaged.with_name(f"damaged{number}--{damaged.name}") for number in count(2))
    first = damaged.with_name(f"damaged--{damaged.name}")
    return next(path for path in chain([first], names) if not path.exists())
