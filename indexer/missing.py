"""Tracks whose files are gone: they are kept for a while, because a file that comes back needs no analysis then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from catalog.catalog import Catalog
from catalog.fields import with_hidden
from catalog.file_tag_types import YES
from catalog.filters import Filter
from catalog.track import Track
from indexer.jobs import Outcome
from indexer.scan import AudioFile


@dataclass(frozen=True, slots=True)
class Returned:
    """A missing track, and its file, which is there again as it was."""

    file: AudioFile
    track: Track


def now() -> str:
    """The time as it is stored: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def missing_tracks(catalog: Catalog) -> Iterator[Track]:
    return catalog.tracks(with_hidden(Filter(missing=(YES,))))


def bring_back(catalog: Catalog, returned: Iterable[Returned]) -> list[Outcome]:
    """Make tracks searchable again. Stored durably when this returns."""
    outcomes = []
    for each in returned:
        catalog.update(replace(each.track, missing_since=""))
        outcomes.append(Outcome(str(each.file.path), "updated", each.file.size, track_id=each.track.id))
    if outcomes:
        catalog.flush()
    return outcomes


def sweep(catalog: Catalog, days: int) -> int:
    """Delete tracks that have been missing for longer than `days`, and return how many there were."""
    before = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    old = [track.id for track in missing_tracks(catalog) if track.missing_since < before]
    if old:
        catalog.delete(old)
        catalog.flush()
    return len(old)
