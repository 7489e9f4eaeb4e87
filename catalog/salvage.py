"""Saves what can be read of a store that the engine refuses, in a new store that takes its place.

<store>/salvaged/tracks__<space>     being filled
<store>/damaged--tracks__<space>     the damaged store, kept as it was
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from catalog import description, owner
from catalog.catalog import Catalog
from catalog.description import Space
from catalog.descriptors import OWN, TEXT, to_descriptor
from catalog.engine import Payload
from catalog.keys import decode_path
from catalog.overwritten import OVERWRITTEN, Overwritten
from catalog.payload import segment_count, to_track
from catalog.raw_shard import RawPoint, RawShard
from catalog.segments import segment_ids
from catalog.store import directory_of
from catalog.store_versions import SALVAGED, put_in_use
from catalog.track import Entry, Track
from catalog.upgrading import telling
from catalog.validation import InvalidEntryError, check_entry
from polymuse.errors import UnavailableError
from polymuse.music import MIX, Segment
from polymuse.text import for_terminal

Identify = Callable[[Track], str | None]

BATCH = 64  # tracks per write
INVALID = (KeyError, TypeError, ValueError, AttributeError)  # of payloads with other content


@dataclass(slots=True)
class Salvaged:
    """What became of a damaged store."""

    kept: Path | None = None  # where to keep the damaged store; None: nothing could be read
    expected: int = 0  # tracks that it had at least
    saved: int = 0
    incomplete: int = 0  # of those saved: tracks to be analysed again
    gone: list[str] = field(default_factory=list)  # those tracks not saved of which anything is known, by name
    descriptors: int = 0  # of users, saved
    lost_descriptors: list[str] = field(default_factory=list)  # their slugs; the bank is written again anyway

    @property
    def missing(self) -> int:
        """Number of tracks that were not saved."""
        return max(self.expected - self.saved, len(self.gone))


def salvage(store: Path, space: Space, identify: Identify) -> Salvaged:
    """Fill a new store with what can be read of the damaged store of this space below `store`.

    `identify` finds the id of a track whose id is lost. Raises UnavailableError, InUseError.
    """
    damaged, place = directory_of(store, space), store / SALVAGED
    new = directory_of(place, space)
    result = Salvaged(expected=description.read(damaged).tracks)
    with _writing(damaged):
        shutil.rmtree(new, ignore_errors=True)  # of a repair that was killed
        with owner.lock(damaged, shared=False):
            with Catalog.open(place, space) as target:
                for batch in _batches(damaged, space.dim, result, identify):
                    _store(target, batch, result)
                _save_descriptors(damaged, target, result)
            owner.withdraw(damaged)
        if result.saved or not result.expected:
            result.kept = _free_name(damaged)
        else:
            shutil.rmtree(place)
    return result


def put_in_place(store: Path, space: Space, kept: Path) -> None:
    """Keep the damaged store as `kept`, and put the new one in its place. Raises UnavailableError."""
    with _writing(directory_of(store, space)):
        put_in_use(store, directory_of(store / SALVAGED, space), kept)


@contextmanager
def _writing(damaged: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The store {damaged} cannot be repaired: {error.strerror}", "Check permissions and free space of its disk."
        ) from error


def _batches(damaged: Path, dim: int, result: Salvaged, identify: Identify) -> Iterator[list[Entry]]:
    overwritten = frozenset(Overwritten(damaged / OVERWRITTEN).left())
    with RawShard(damaged / "shard", dim) as tracks, RawShard(damaged / "segments", dim) as segments:
        of_tracks, points = segments.points(), tracks.points()
        points |= _named_again(tracks, points, result, identify)
        batch: list[Entry] = []
        for id_, point in telling(points.items(), len(points), "saving"):
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


def _save_descriptors(damaged: Path, target: Catalog, result: Salvaged) -> None:
    with RawShard(damaged / "descriptors", target.space.dim) as descriptors:
        for point in descriptors.points().values():
            payload = point.payload() or {}
            if payload.get("bank") != OWN:
                continue
            vector = point.vector(TEXT)
            try:
                if vector is None:
                    raise ValueError("its vector is lost")
                target.put_descriptor(to_descriptor(payload, vector))
                result.descriptors += 1
            except (*INVALID, InvalidEntryError):
                result.lost_descriptors.append(for_terminal(str(payload.get("slug"))))


def _named_again(
    tracks: RawShard, named: Mapping[str, RawPoint], result: Salvaged, identify: Identify
) -> dict[str, RawPoint]:
    """Points whose id is lost, by the id of their music."""
    found: dict[str, RawPoint] = {}
    lost = tracks.unnamed()
    for point in telling(lost, len(lost), "identifying"):
        payload = point.payload() or {}
        try:
            id_ = identify(to_track("", payload))
        except INVALID:
            id_ = None
        if id_ is None:
            result.gone.append(_name("of an unknown name", payload))
        elif id_ not in named:
            found[id_] = point
    return found


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
