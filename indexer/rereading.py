"""Read the file tags of stored tracks again, without analysing them.

That is done when a newer version reads more from files, and on request. It is also done for a file whose ctime has
changed while size and modification time are the same: a tag editor may have restored the modification time, but more
often permissions have changed, or the file was copied back (https://github.com/navidrome/navidrome/issues/3817,
https://github.com/restic/restic/issues/3723). So its audio is only compared if its tags differ. A ctime that is unknown
on one side, as in stores of earlier versions, is no change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from catalog.catalog import Catalog
from catalog.payload import to_payload
from catalog.track import FileRef, Track
from indexer.failures import Failure
from indexer.file_tags import TAGS_VERSION, TagInfo
from indexer.flushing import PacedFlush
from indexer.jobs import Outcome, Reading
from indexer.redecoding import was_decoded_before
from indexer.scan import AudioFile
from indexer.written_tags import WrittenTags, of_others
from polymuse.errors import BadAudioError, NotFoundError

Readings = Iterable[tuple[AudioFile, Reading | BadAudioError]]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is compared of a stored track."""

    track_id: str
    files: tuple[FileRef, ...]
    tags_version: int
    measured_version: int = 0  # of the algorithms that have measured it; 0: none


@dataclass(frozen=True, slots=True)
class Reread:
    """A track whose tags are to be read again."""

    track_id: str
    file: AudioFile  # that the tags are read from
    found: Mapping[str, AudioFile]  # its files of the scan by path; size and modification time are as stored
    touched: bool  # whether other tags may mean other audio
    decoded_before: bool = False  # whether it may be among those that `indexer.redecoding` is about


def find_rereads(stored: Iterable[Stored], unchanged: Iterable[AudioFile], *, all_tracks: bool) -> Iterator[Reread]:
    """The tracks whose tags are to be read again, among those with one of these files of unchanged size and time."""
    by_path = {str(file.path): file for file in unchanged}
    for track in stored:
        found = {file.path: by_path[file.path] for file in track.files if file.path in by_path}
        if not found:
            continue
        touched = any(is_touched(file, found[file.path]) for file in track.files if file.path in found)
        if all_tracks or touched or track.tags_version < TAGS_VERSION:
            last = list(found.values())[-1]  # whose tags a track has
            yield Reread(track.track_id, last, found, touched, was_decoded_before(track))


def reread(
    catalog: Catalog,
    left: dict[str, Reread],
    readings: Readings,
    report: Callable[[Outcome], None],
    written: WrittenTags | None = None,
) -> list[AudioFile]:
    """Store these tags, report each file, and return the files whose audio must be compared, which are not reported.

    A track whose files are decoded otherwise than before forgets its models, so that its analysis is repeated. `left`
    has the tracks by the path of the file; those that are done are removed from it. Raises UnavailableError. Everything
    that was stored before stays stored.
    """
    compare: list[AudioFile] = []
    flush = PacedFlush(catalog.flush)
    for file, result in readings:
        each = left.pop(str(file.path))
        if isinstance(result, BadAudioError):
            report(Outcome(str(file.path), "failed", file.size, failure=Failure.of(file.path, "tags", result)))
            continue
        tags = of_others(written, each.track_id, file.path, result.tags)
        try:
            [track] = catalog.get([each.track_id])
        except NotFoundError:  # deleted meanwhile
            track = None
        if track is None or (each.touched and _differ(track, tags)):
            compare.append(file)
            continue
        new = _reread(track, tags, each.found)
        if result.redecoded and was_decoded_before(track):
            catalog.update(replace(new, models={}), before=track)
            compare.append(file)
            continue
        catalog.update(new, before=track)
        status = "updated" if _differ(track, tags) or track.tags_version != TAGS_VERSION else "unchanged"
        report(Outcome(str(file.path), status, file.size, track_id=track.id))
        flush.if_due()
    catalog.flush()
    return compare


def _reread(track: Track, tags: TagInfo, found: Mapping[str, AudioFile]) -> Track:
    files = tuple(_refreshed(file, found.get(file.path)) for file in track.files)
    return replace(track, files=files, **tags.attributes)


def _refreshed(file: FileRef, found: AudioFile | None) -> FileRef:
    return file if found is None else replace(file, ctime_ns=found.ctime_ns, device=found.device)


def is_touched(stored: FileRef, found: AudioFile) -> bool:
    """Whether the ctime of a file has changed since it was stored."""
    return 0 not in (stored.ctime_ns, found.ctime_ns) and stored.ctime_ns != found.ctime_ns


def _differ(track: Track, tags: TagInfo) -> bool:
    """Whether the track is stored with other tags, whatever version has read them."""
    new = replace(track, **{**tags.attributes, "tags_version": track.tags_version})
    return to_payload(new, frozenset(), 0) != to_payload(track, frozenset(), 0)
