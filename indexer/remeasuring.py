"""Measure tempo, key, loudness and energy of stored tracks, without embedding them again.

That is done for tracks that were stored before there were measurements, or measured by an older version of the
algorithms: each is decoded once. What is stored stays if its file is gone or cannot be decoded; such a failure is
remembered, and the file is not tried again until it changes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.catalog import Catalog
from catalog.track import Track
from indexer.failures import Failure, FailureList
from indexer.flushing import PacedFlush
from indexer.jobs import Outcome
from indexer.rereading import Stored
from indexer.scan import AudioFile
from indexer.workers.measurer import Measured
from polymuse.errors import BadAudioError, NotFoundError, UnreadableError
from polymuse.music import MEASURING_VERSION

MEASURE = "measure"  # stage of failures

Results = Iterable[tuple[AudioFile, Measured | BadAudioError]]


@dataclass(frozen=True, slots=True)
class Remeasure:
    """A track that is to be measured."""

    track_id: str
    file: AudioFile


def measured_version(track: Track) -> int:
    """The version of the algorithms that have measured a track; 0 for none."""
    return 0 if track.measured is None else track.measured.version


def find_remeasures(
    stored: Iterable[Stored], unchanged: Sequence[AudioFile], failed: Callable[[AudioFile], bool]
) -> Iterator[Remeasure]:
    """The tracks that are to be measured, by one of these files of unchanged size and time.

    `failed`: whether a file could not be measured before and has not changed since.
    """
    by_path = {str(file.path): file for file in unchanged}
    for track in stored:
        if track.measured_version >= MEASURING_VERSION:
            continue
        found = (by_path[file.path] for file in track.files if file.path in by_path)
        file = next((each for each in found if not failed(each)), None)
        if file is not None:
            yield Remeasure(track.track_id, file)


def remeasure(
    catalog: Catalog,
    failures: FailureList,
    left: dict[str, Remeasure],
    results: Results,
    report: Callable[[Outcome], None],
) -> None:
    """Store these measurements and report each file.

    `left` has the tracks by the path of the file; those that are done are removed from it. Raises UnavailableError.
    Everything that was stored before stays stored.
    """
    flush = PacedFlush(catalog.flush)
    for file, result in results:
        each = left.pop(str(file.path))
        if isinstance(result, BadAudioError):
            failure = Failure.of(file.path, MEASURE, result)
            if not isinstance(result, UnreadableError):
                failure = replace(failure, size=file.size, mtime_ns=file.mtime_ns)
                failures.add(failure)
            report(Outcome(str(file.path), "failed", file.size, failure=failure))
            continue
        report(_stored(catalog, each, result))
        failures.forget(str(file.path))
        flush.if_due()
    catalog.flush()


def _stored(catalog: Catalog, each: Remeasure, result: Measured) -> Outcome:
    path, size = str(each.file.path), each.file.size
    try:
        [track] = catalog.get([each.track_id])
        catalog.update(replace(track, measured=result.values), before=track)
    except NotFoundError:  # deleted meanwhile
        return Outcome(path, "unchanged", size)
    return Outcome(path, "measured", size, result.seconds, each.track_id, work=result.work)
