"""Export, import and copy of whole libraries.

The file is JSON Lines: a header, the descriptors that users have added as in `catalog.exchange_descriptors`, one record
per track ordered by id, and a last line that marks the file as complete, both as in `catalog.export_records`.

    {"format": "polymuse-export", "version", "space": {"name", "dim", "fingerprint", "profile"}, "tracks",
     "descriptors", "playlists", "created"}

Playlists follow the descriptors, as in `catalog.exchange_playlists`. Without playlists the version is 2, and without
such descriptors either it is 1: programs that do not know them read the file.

Imports and copies can be interrupted and repeated: tracks that are already stored are skipped.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, ClassVar

from catalog.catalog import Catalog
from catalog.conflicts import Conflict, settle
from catalog.descriptors import MAX_OWN
from catalog.exchange_descriptors import (
    NO_DESCRIPTORS,
    TakenDescriptors,
    read_descriptors,
    take_descriptors,
    to_descriptor_record,
)
from catalog.exchange_playlists import all_playlists, read_playlists, take_playlists, to_playlist_record
from catalog.export_records import end_of, read_line, to_entry, to_line, to_record
from catalog.foreign_tracks import cleaned
from catalog.playlists.playlist import Playlist
from catalog.playlists.playlist_store import MAX_PLAYLISTS
from catalog.store import Space
from catalog.track import Entry
from catalog.validation import InvalidEntryError
from polymuse.descriptors import StoredDescriptor
from polymuse.errors import UserError
from polymuse.excerpts import difference
from polymuse.permissions import write_for_user

FORMAT = "polymuse-export"
VERSION = 3
WITHOUT_PLAYLISTS = 2
WITHOUT_DESCRIPTORS = 1
BATCH = 64  # tracks per write
MAX_TRACKS = 10**9  # that a header may announce

Step = Callable[[int], None]  # takes the number of tracks finished since the last call


class BadExportError(UserError):
    """A file that is not a complete export."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-export"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of an export."""

    space: Space
    tracks: int  # at the start of the export; may have changed during it
    descriptors: int = 0  # lines of descriptors that follow
    playlists: int = 0  # lines of playlists that follow them


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import or copy has done."""

    stored: int
    there: int  # already stored, skipped
    conflicts: tuple[Conflict, ...] = ()  # with other entries of the target
    descriptors: TakenDescriptors = NO_DESCRIPTORS
    playlists: int = 0  # stored

    @property
    def kept(self) -> int:
        """Number of conflicts in which the entry of the target was kept."""
        return sum(not conflict.taken for conflict in self.conflicts)


def copy(source: Catalog, target: Catalog, step: Step) -> Taken:
    """Copy all tracks and users' descriptors of `source` to `target`, which keeps its others.

    Raises UserError, UnavailableError.
    """
    check_same_model(source.space, target.space, source.place)
    descriptors = take_descriptors(target, source.own_descriptors())
    taken = take_over(target, map(_cleaned, source.entries()), step)
    return replace(taken, descriptors=descriptors, playlists=take_playlists(target, all_playlists(source)))


def take_over(
    target: Catalog, pages: Iterable[list[Entry]], step: Step, *, always: bool = False, dry_run: bool = False
) -> Taken:
    """Store the entries that are not stored yet, by the rule of `catalog.conflicts`; tracks keep and get all marks.

    `always`: they count in every conflict. `dry_run`: store nothing. Raises InvalidEntryError, UnavailableError.
    """
    stored = there = 0
    conflicts: list[Conflict] = []
    for entries in pages:
        alike = target.stored_alike(entries)
        new = [entry for entry in entries if entry.track.id not in alike]
        known = target.related([entry.track for entry in new])
        settled = settle(new, known, always=always)
        if not dry_run:
            target.upsert(settled.entries)
            there_before = {*alike, *(track.id for track in known)}
            target.join_marks({e.track.id: e.track.marks for e in entries if e.track.id in there_before})
        conflicts += settled.conflicts
        stored += len(settled.entries)
        there += len(alike)
        step(len(entries))
    if not dry_run:
        target.flush()
    return Taken(stored, there, tuple(conflicts))


def check_same_model(source: Space, target: Space, name: str) -> None:
    """Raises UserError if the vectors of the two spaces cannot be mixed."""
    if what := difference(source.fingerprint, target.fingerprint):
        raise UserError(f"{name} holds {what}", "Export a library of the same excerpts, or index the music itself.")
    if (source.fingerprint, source.dim) != (target.fingerprint, target.dim):
        raise UserError(
            f"{name} holds vectors of another model: {source.name} {source.fingerprint[:12]}, not {target.name} "
            f"{target.fingerprint[:12]}",
            "Index the music with the model that you have.",
        )


def export_file(catalog: Catalog, path: Path, step: Step) -> int:
    """Like `export`, to a file that is written atomically. Raises UserError if it cannot be written."""
    try:
        with write_for_user(path) as out:
            return export(catalog, out, step)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror}", "Choose another file.") from error


def export(catalog: Catalog, out: IO[bytes], step: Step) -> int:
    """Write all tracks and users' descriptors, and return how many tracks there were."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    own, playlists = catalog.own_descriptors(), all_playlists(catalog)
    version = VERSION if playlists else WITHOUT_PLAYLISTS if own else WITHOUT_DESCRIPTORS
    numbers = {name: len(each) for name, each in (("descriptors", own), ("playlists", playlists)) if each}
    header = {"format": FORMAT, "version": version, "space": asdict(catalog.space), "tracks": count_all(catalog)}
    out.write(to_line({**header, **numbers, "created": created}))
    for descriptor in own:
        out.write(to_line(to_descriptor_record(descriptor)))
    for playlist in playlists:
        out.write(to_line(to_playlist_record(playlist)))
    tracks = 0
    for entries in catalog.entries():
        for entry in entries:
            out.write(to_line(to_record(entry)))
        tracks += len(entries)
        step(len(entries))
    out.write(to_line({"end": {"tracks": tracks}}))
    return tracks


def count_all(catalog: Catalog) -> int:
    """The number of tracks, including those that are missing."""
    stats = catalog.stats()
    return stats.tracks + stats.missing


def read_header(lines: Iterator[bytes], name: str) -> Header:
    """Read the first line. `name` is the name of the file. Raises BadExportError."""
    try:
        header = read_line(next(lines, b""))
    except ValueError:
        header = {}
    if header.get("format") != FORMAT or type(header.get("version")) is not int:
        raise BadExportError(f"{name} is not an export", "Make one with `polymuse export`.")
    if header["version"] > VERSION:
        raise BadExportError(
            f"{name} has version {header['version']}, this version of polymuse reads up to {VERSION}",
            "Update polymuse.",
        )
    try:
        space, tracks = _space(header.get("space")), _announced(header.get("tracks"), "tracks", MAX_TRACKS)
        descriptors = _announced(header.get("descriptors", 0), "descriptors", MAX_OWN)
        playlists = _announced(header.get("playlists", 0), "playlists", MAX_PLAYLISTS)
        return Header(space, tracks, descriptors, playlists)
    except ValueError as error:
        raise BadExportError(f"Line 1 of {name} is invalid: {error}", "Get the file again.") from None


def read_own(lines: Iterator[bytes], header: Header, name: str) -> list[StoredDescriptor]:
    """The descriptors after the header. Raises BadExportError for an invalid line; nothing was imported then."""
    try:
        return read_descriptors(lines, header.descriptors, header.space.dim)
    except ValueError as error:
        raise BadExportError(f"{name} has an invalid descriptor. {error}", "Get the file again.") from None


def read_lists(lines: Iterator[bytes], header: Header, name: str) -> list[Playlist]:
    """The playlists after the descriptors. Raises BadExportError for an invalid line; nothing was imported then."""
    try:
        return read_playlists(lines, header.playlists, 2 + header.descriptors)
    except ValueError as error:
        raise BadExportError(f"{name} has an invalid playlist. {error}", "Get the file again.") from None


def read_entries(lines: Iterator[bytes], header: Header, name: str, *, dry_run: bool = False) -> Iterator[list[Entry]]:
    """The tracks after the header, its descriptors and playlists, in batches; in none is a track or file twice.

    Raises BadExportError for an invalid line or missing tracks, after the tracks before it.
    """
    batch: list[Entry] = []
    claimed: set[str] = set()
    tracks, end, problem = 0, None, None
    for number, line in enumerate(lines, start=2 + header.descriptors + header.playlists):
        try:
            record = read_line(line)
            if (end := end_of(record)) is not None:
                break
            entry = to_entry(record, header.space.dim)
        except ValueError as error:
            problem = f"Line {number} of {name} is invalid: {error}"
            break
        claims = {entry.track.id, *(file.path for file in entry.track.files)}
        if len(batch) == BATCH or claims & claimed:
            yield batch
            batch, claimed = [], set()
        batch.append(entry)
        claimed |= claims
        tracks += 1
    yield batch
    done = f"{'would be' if dry_run else 'were'} imported."
    if problem is not None:
        before = "The tracks before it" if tracks else "No tracks"
        raise BadExportError(problem, f"{before} {done} Get the file again, or import it without that line.")
    advice = f"{'These' if tracks else 'No'} tracks {done} Get the complete file and import it again."
    if end is None:
        found = f"it contains {tracks} of about {header.tracks} tracks, and no last line"
        raise BadExportError(f"{name} is truncated: {found}", advice)
    if end != tracks:
        number = f"{end} track{'' if end == 1 else 's'}"
        raise BadExportError(f"{name} is incomplete: the last line says {number}, the file has {tracks}", advice)


def _announced(number: object, of: str, most: int) -> int:
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError(f"{of} is not a number of {of}")
    return number


def _space(space: object) -> Space:
    """Raises ValueError."""
    if not isinstance(space, dict) or not {"name", "dim", "fingerprint", "profile"} <= space.keys():
        raise ValueError("space has no name, dim, fingerprint or profile")
    return Space(space["name"], space["dim"], space["fingerprint"], space["profile"])


def _cleaned(entries: list[Entry]) -> list[Entry]:
    """Raises InvalidEntryError."""
    try:
        return [replace(entry, track=cleaned(entry.track)) for entry in entries]
    except (ValueError, OverflowError) as error:
        raise InvalidEntryError(f"The library that is copied has an invalid track: {error}") from None
