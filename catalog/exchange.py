"""Export, import and copy of whole libraries.

The file is JSON Lines: a header, one record per track ordered by id, and a last line that marks the file as complete.
Vectors are float32, little-endian, in base64: exact to the bit.

    {"format": "polymuse-export", "version": 1, "space": {"name", "dim", "fingerprint", "profile"}, "tracks", "created"}
    {"id", "track": {"title", "artist", "files", "tags", ...}, "vectors": {"mix", ...}, "segments": [{"start", "end",
     "vector"}, ...]}
    {"end": {"tracks"}}

Imports and copies can be interrupted and repeated: tracks that are already stored are skipped.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np

from catalog.catalog import Catalog
from catalog.conflicts import Conflict, settle
from catalog.foreign_tracks import cleaned
from catalog.payload import to_payload, to_track
from catalog.store import Space
from catalog.track import Entry, Track
from catalog.validation import InvalidEntryError
from polymuse.errors import UserError
from polymuse.music import Segment
from polymuse.parse_json import parse_json
from polymuse.permissions import write_for_user

FORMAT = "polymuse-export"
VERSION = 1
BATCH = 64  # tracks per write
# Payload fields that describe the track. The others are derived from them, and may differ between versions.
TRACK_FIELDS = tuple(each.name for each in fields(Track) if each.name != "id")

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


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import or copy has done."""

    stored: int
    there: int  # already stored, skipped
    conflicts: tuple[Conflict, ...] = ()  # with other entries of the target

    @property
    def kept(self) -> int:
        """Number of conflicts in which the entry of the target was kept."""
        return sum(not conflict.taken for conflict in self.conflicts)


def copy(source: Catalog, target: Catalog, step: Step) -> Taken:
    """Copy all tracks of `source` to `target`, which keeps its other tracks. Raises UserError, UnavailableError."""
    check_same_model(source.space, target.space, source.place)
    return take_over(target, map(_cleaned, source.entries()), step)


def take_over(
    target: Catalog, pages: Iterable[list[Entry]], step: Step, *, always: bool = False, dry_run: bool = False
) -> Taken:
    """Store the entries that are not stored yet, by the rule of `catalog.conflicts`.

    `always`: they count in every conflict. `dry_run`: store nothing. Raises InvalidEntryError, UnavailableError.
    """
    stored = there = 0
    conflicts: list[Conflict] = []
    for entries in pages:
        alike = target.stored_alike(entries)
        new = [entry for entry in entries if entry.track.id not in alike]
        settled = settle(new, target.related([entry.track for entry in new]), always=always)
        if not dry_run:
            target.upsert(settled.entries)
        conflicts += settled.conflicts
        stored += len(settled.entries)
        there += len(alike)
        step(len(entries))
    if not dry_run:
        target.flush()
    return Taken(stored, there, tuple(conflicts))


def check_same_model(source: Space, target: Space, name: str) -> None:
    """Raises UserError if the vectors of the two spaces cannot be mixed."""
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
    """Write all tracks, and return how many there were."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    header = {"format": FORMAT, "version": VERSION, "space": asdict(catalog.space), "tracks": count_all(catalog)}
    _write_line(out, {**header, "created": created})
    tracks = 0
    for entries in catalog.entries():
        for entry in entries:
            _write_line(out, _to_record(entry))
        tracks += len(entries)
        step(len(entries))
    _write_line(out, {"end": {"tracks": tracks}})
    return tracks


def count_all(catalog: Catalog) -> int:
    """The number of tracks, including those that are missing."""
    stats = catalog.stats()
    return stats.tracks + stats.missing


def read_header(lines: Iterator[bytes], name: str) -> Header:
    """Read the first line. `name` is the name of the file. Raises BadExportError."""
    try:
        header = parse_json(next(lines, b""))
        if header["format"] != FORMAT:
            raise ValueError(header["format"])
        if header["version"] > VERSION:
            raise BadExportError(
                f"{name} has version {header['version']}, this version of polymuse reads up to {VERSION}",
                "Update polymuse.",
            )
        space, tracks = header["space"], header["tracks"]
        if type(tracks) is not int or tracks < 0:
            raise ValueError(tracks)
        return Header(Space(space["name"], space["dim"], space["fingerprint"], space["profile"]), tracks)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadExportError(f"{name} is not an export", "Make one with `polymuse export`.") from error


def read_entries(lines: Iterator[bytes], header: Header, name: str) -> Iterator[list[Entry]]:
    """The tracks after the header, in batches. Raises BadExportError for an invalid line or missing tracks."""
    batch: list[Entry] = []
    tracks = 0
    for number, line in enumerate(lines, start=2):
        record = _parse(line, number, header, name)
        if not isinstance(record, Entry):
            if record != tracks:
                break
            yield batch
            return
        batch.append(record)
        tracks += 1
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch
    raise BadExportError(
        f"{name} is truncated: it contains {tracks} of about {header.tracks} tracks, and no last line",
        "These tracks were imported. Get the complete file and import it again.",
    )


def _parse(line: bytes, number: int, header: Header, name: str) -> Entry | int:
    """A track, or the number of tracks from the last line."""
    try:
        record = parse_json(line)
        return record["end"]["tracks"] if "end" in record else _to_entry(record, header.space.dim)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadExportError(
            f"Line {number} of {name} is invalid",
            "The tracks before it were imported. Get the file again, or import it without that line.",
        ) from error


def _to_record(entry: Entry) -> dict[str, Any]:
    payload = to_payload(entry.track, frozenset(entry.vectors), len(entry.segments))
    return {
        "id": entry.track.id,
        "track": {key: payload[key] for key in TRACK_FIELDS if key in payload},
        "vectors": {name: _encode(vector) for name, vector in sorted(entry.vectors.items())},
        "segments": [{"start": s.start, "end": s.end, "vector": _encode(s.vector)} for s in entry.segments],
    }


def _to_entry(record: dict[str, Any], dim: int) -> Entry:
    segments = [Segment(s["start"], s["end"], _decode(s["vector"], dim)) for s in record["segments"]]
    vectors = {name: _decode(vector, dim) for name, vector in record["vectors"].items()}
    return Entry(cleaned(to_track(record["id"], record["track"])), vectors, tuple(segments))


def _cleaned(entries: list[Entry]) -> list[Entry]:
    """Raises InvalidEntryError."""
    try:
        return [replace(entry, track=cleaned(entry.track)) for entry in entries]
    except (ValueError, OverflowError) as error:
        raise InvalidEntryError(f"The library that is copied has an invalid track: {error}") from None


def _encode(vector: np.ndarray) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def _decode(text: str, dim: int) -> np.ndarray:
    """[dim] float32. Raises ValueError."""
    vector = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)
    if vector.shape != (dim,):
        raise ValueError(f"a vector of {vector.size} numbers")
    return vector


def _write_line(out: IO[bytes], value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
