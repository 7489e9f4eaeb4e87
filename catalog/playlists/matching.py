"""Finds the tracks of the library that the lines of a playlist file mean.

In turn, until one finds a track: its id; its path, as it is, from the folder of the playlist, and with mapped parents;
the end of its path, of which no other file of the library has as much; artist and title, as `catalog.songs.resolving`
finds them. Upper and lower case and the composition of letters make no difference to paths.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.keys import fold, is_storable_path
from catalog.playlists.playlist import PlaylistEntry, made_entry
from catalog.playlists.reading import FileLine, ReadPlaylist, lines_of
from catalog.songs.comparing import is_another_song
from catalog.songs.places import library_paths, pure
from catalog.songs.reference import SongReference
from catalog.songs.resolving import resolve
from catalog.track import Track
from catalog.validation import is_track_id
from polymuse.file_names import same_file_name

How: TypeAlias = Literal["id", "path", "end of path", "name", "similar name", ""]
CLOSE_SECONDS = 3.0  # between the length that a file names and that of a track


@dataclass(frozen=True, slots=True)
class Matched:
    """A line of a playlist file, and the track that it means."""

    line: FileLine
    track: Track | None
    how: How  # "": not at all

    def entry(self) -> PlaylistEntry:
        """For a playlist; a line without a track stays as it is, and finds its track by a later import."""
        if self.track is not None:
            return PlaylistEntry.of_track(self.track)
        path = next(iter(self.line.locations), "")
        title = self.line.title or PurePosixPath(path.replace("\\", "/")).name
        return made_entry(title, self.line.artist, path, self.line.duration)


def match_lines(
    read: ReadPlaylist, catalog: Catalog, *, base: str = "", mapped: Sequence[tuple[str, str]] = ()
) -> list[Matched]:
    """The lines with their tracks, in order. `base`: absolute path of the playlist's folder, "" if it has none.

    `mapped`: (folder in the file, folder of the library). Raises UnavailableError.
    """
    lines = list(lines_of(read))
    found: dict[int, tuple[Track, How]] = {}
    _by_id(lines, catalog, found)
    _by_path(lines, catalog, base, mapped, found)
    left = [line for line in lines if line.number not in found]
    if any(line.locations for line in left):
        files = _Files.of([*catalog.tracks(), *catalog.tracks(Filter(missing=("yes",)))])
        found |= {line.number: (track, "end of path") for line in left if (track := files.by_end(line)) is not None}
    _by_name([line for line in left if line.number not in found], catalog, found)
    return [Matched(line, *found.get(line.number, (None, ""))) for line in lines]


def _by_id(lines: Sequence[FileLine], catalog: Catalog, found: dict[int, tuple[Track, How]]) -> None:
    tracks = {
        track.id: track for track in catalog.known([line.track_id for line in lines if is_track_id(line.track_id)])
    }
    found.update({line.number: (tracks[line.track_id], "id") for line in lines if line.track_id in tracks})


def _by_path(
    lines: Sequence[FileLine],
    catalog: Catalog,
    base: str,
    mapped: Sequence[tuple[str, str]],
    found: dict[int, tuple[Track, How]],
) -> None:
    wanted = {
        line.number: list(dict.fromkeys(path for each in line.locations for path in library_paths(each, base, mapped)))
        for line in lines
        if line.number not in found
    }
    paths = list(dict.fromkeys(path for each in wanted.values() for path in each if is_storable_path(path)))
    by_path = {file.path: track for track in catalog.known(paths=paths) for file in track.files}
    for number, each in wanted.items():
        track = next((by_path[path] for path in each if path in by_path), None)
        if track is not None:
            found[number] = track, "path"


def _by_name(lines: Sequence[FileLine], catalog: Catalog, found: dict[int, tuple[Track, How]]) -> None:
    """By title and artist, if that is clear: not if several tracks would do as well."""
    for line, song in zip(lines, resolve(map(_reference, lines), catalog), strict=True):
        if song.track is not None and not song.also:
            found[line.number] = song.track, "name" if song.how == "name" else "similar name"


def _reference(line: FileLine) -> SongReference:
    artists = (line.artist,) if line.artist else ()
    return SongReference(line.title, artists, line.album, line.duration or None)


@dataclass(frozen=True, slots=True)
class _Files:
    """All tracks by the names of their files."""

    by_file: Mapping[str, list[tuple[tuple[str, ...], Track]]] = field(default_factory=dict)  # with the parents' names

    @classmethod
    def of(cls, tracks: Iterable[Track]) -> "_Files":
        files: dict[str, list[tuple[tuple[str, ...], Track]]] = {}
        for track in tracks:
            for file in track.files:
                *parents, name = map(same_file_name, pure(file.path).parts)
                files.setdefault(name, []).append((tuple(parents), track))
        return cls(files)

    def by_end(self, line: FileLine) -> Track | None:
        """The one track whose path ends most like that of the line; of equal ones, the one that is as long."""
        for location in line.locations:
            *parents, name = map(same_file_name, pure(location).parts or ("",))
            candidates = self.by_file.get(name, [])
            alike = [(_same_end(parents, others), track) for others, track in candidates]
            most = max((same for same, _ in alike), default=0)
            best = {track.id: track for same, track in alike if same == most}
            track = _the_one(list(best.values()), line)
            if track is not None and (most > 0 or _may_be(track, line)):
                return track
        return None


def _same_end(parents: Sequence[str], others: Sequence[str]) -> int:
    same = 0
    for one, other in zip(reversed(parents), reversed(others), strict=False):
        if one != other:
            break
        same += 1
    return same


def _the_one(tracks: Sequence[Track], line: FileLine) -> Track | None:
    """The only one, or the only one that is as long as the line says; None if it is not clear."""
    if len(tracks) > 1 and line.duration:
        tracks = [track for track in tracks if abs(track.duration - line.duration) <= CLOSE_SECONDS]
    if len(tracks) > 1 and line.album:
        tracks = [track for track in tracks if fold(track.album) == fold(line.album)]
    return tracks[0] if len(tracks) == 1 else None


def _may_be(track: Track, line: FileLine) -> bool:
    """Whether nothing that the line says is against a track whose file only has the same name."""
    if line.duration and abs(track.duration - line.duration) > CLOSE_SECONDS:
        return False
    return not is_another_song(_reference(line), track)
