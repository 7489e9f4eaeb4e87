"""Finds the tracks of the library that the lines of a playlist file mean.

In turn, until one finds a track: its id; its path, as it is, from the folder of the playlist, and with mapped parents;
the end of its path, of which no other file of the library has as much; artist and title, exactly and then as the index
of names would spell them. Upper and lower case and the composition of letters make no difference to paths.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Literal, TypeAlias

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.keys import is_storable_path
from catalog.names.folding import words_of
from catalog.playlists.playlist import PlaylistEntry, made_entry
from catalog.playlists.reading import FileLine, ReadPlaylist, lines_of
from catalog.track import Track
from catalog.validation import is_track_id
from polymuse.file_names import same_file_name

How: TypeAlias = Literal["id", "path", "end of path", "name", "similar name", ""]
CLOSE_SECONDS = 3.0  # between the length that a file names and that of a track
MAX_GUESSED = 500  # lines that are looked up in the index of names
NO_GROUP: Sequence[Track] = ()


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
    if any(line.number not in found for line in lines):
        library = _Library.of([*catalog.tracks(), *catalog.tracks(Filter(missing=("yes",)))])
        guesses = 0
        for line in lines:
            if line.number in found:
                continue
            match = library.by_end(line) or library.by_name(line)
            if match is None and guesses < MAX_GUESSED and line.title:
                guesses += 1
                match = library.by_similar_name(line, catalog)
            if match is not None:
                found[line.number] = match
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
        line.number: list(dict.fromkeys(path for each in line.locations for path in _absolute(each, base, mapped)))
        for line in lines
        if line.number not in found
    }
    paths = list(dict.fromkeys(path for each in wanted.values() for path in each if is_storable_path(path)))
    by_path = {file.path: track for track in catalog.known(paths=paths) for file in track.files}
    for number, each in wanted.items():
        track = next((by_path[path] for path in each if path in by_path), None)
        if track is not None:
            found[number] = track, "path"


def _absolute(location: str, base: str, mapped: Sequence[tuple[str, str]]) -> Iterable[str]:
    """The absolute paths that a location may stand for, without `.` and `..`."""
    for old, new in mapped:
        end = _below(location, old)
        if end is not None:
            yield os.path.normpath(f"{new}/{end}")
    if _is_windows(location):
        yield str(PureWindowsPath(location))
    if location.startswith("/"):
        yield _normal(location)
    elif base and not _is_windows(location):
        yield _normal(f"{base}/{location}")
        if "\\" in location:
            slashes = location.replace("\\", "/")
            yield _normal(f"{base}/{slashes}")


def _normal(path: str) -> str:
    normal = os.path.normpath(path)
    return normal[1:] if normal.startswith("//") else normal


def _below(location: str, folder: str) -> str | None:
    """The end of the location after the folder, with `/`; None if it is not in it."""
    place, parent = (_pure(each).parts for each in (location, folder))
    if len(place) <= len(parent) or list(map(same_file_name, place[: len(parent)])) != list(
        map(same_file_name, parent)
    ):
        return None
    return "/".join(place[len(parent) :])


def _is_windows(location: str) -> bool:
    return PureWindowsPath(location).drive != "" and not location.startswith("/")


def _pure(location: str) -> PurePath:
    return PureWindowsPath(location) if _is_windows(location) or "\\" in location else PurePosixPath(location)


@dataclass(frozen=True, slots=True)
class _Library:
    """All tracks by the names of their files, and by artist and title."""

    by_file: Mapping[str, list[tuple[tuple[str, ...], Track]]] = field(default_factory=dict)  # with the parents' names
    by_credit: Mapping[tuple[str, str], list[Track]] = field(default_factory=dict)  # (artist, title), as words
    by_title: Mapping[str, list[Track]] = field(default_factory=dict)

    @classmethod
    def of(cls, tracks: Iterable[Track]) -> "_Library":
        files: dict[str, list[tuple[tuple[str, ...], Track]]] = {}
        by_credit: dict[tuple[str, str], list[Track]] = {}
        titles: dict[str, list[Track]] = {}
        for track in tracks:
            for file in track.files:
                *parents, name = map(same_file_name, _pure(file.path).parts)
                files.setdefault(name, []).append((tuple(parents), track))
            title = _words(track.title)
            titles.setdefault(title, []).append(track)
            for artist in {_words(each) for each in (track.artist, track.credit, track.album_artist, *track.artists)}:
                by_credit.setdefault((artist, title), []).append(track)
        return cls(files, by_credit, titles)

    def by_end(self, line: FileLine) -> tuple[Track, How] | None:
        """The one track whose path ends most like that of the line; of equal ones, the one that is as long."""
        for location in line.locations:
            *parents, name = map(same_file_name, _pure(location).parts or ("",))
            candidates = self.by_file.get(name, [])
            alike = [(_same_end(parents, others), track) for others, track in candidates]
            most = max((same for same, _ in alike), default=0)
            best = {track.id: track for same, track in alike if same == most}
            track = _the_one(list(best.values()), line)
            if track is not None and (most > 0 or _may_be(track, line)):
                return track, "end of path"
        return None

    def by_name(self, line: FileLine) -> tuple[Track, How] | None:
        """The track of this artist and title; a sign between words may also be part of the title."""
        for artist, title in _credits(line):
            group = self.by_credit.get((artist, title), NO_GROUP) if artist else self.by_title.get(title, NO_GROUP)
            unique = {track.id: track for track in group}
            if title and (track := _the_one(list(unique.values()), line)) is not None:
                return track, "name"
        return None

    def by_similar_name(self, line: FileLine, catalog: Catalog) -> tuple[Track, How] | None:
        """The same with typos, and in other scripts."""
        titles = [each.value for each in catalog.find_names(line.title, 10) if each.field == "title" and each.whole]
        artists = {_words(each.value) for each in catalog.find_names(line.artist, 10) if each.field == "artist"}
        for title in titles:
            group = {track.id: track for artist in artists for track in self.by_credit.get((artist, _words(title)), [])}
            if (track := _the_one(list(group.values()), line)) is not None:
                return track, "similar name"
        return None


def _credits(line: FileLine) -> Iterable[tuple[str, str]]:
    title, artist = _words(line.title), _words(line.artist)
    yield artist, title
    if line.artist:
        yield "", _words(f"{line.artist} {line.title}")
        parts = f"{line.artist} - {line.title}".split(" - ")
        for at in range(1, len(parts)):
            yield _words(" ".join(parts[:at])), _words(" ".join(parts[at:]))


def _words(text: str) -> str:
    return " ".join(word.latin for word in words_of(text))


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
        tracks = [track for track in tracks if _words(track.album) == _words(line.album)]
    return tracks[0] if len(tracks) == 1 else None


def _may_be(track: Track, line: FileLine) -> bool:
    """Whether nothing that the line says is against a track whose file only has the same name."""
    if line.duration and abs(track.duration - line.duration) > CLOSE_SECONDS:
        return False
    return not line.title or _words(line.title) == _words(track.title)
