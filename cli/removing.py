"""What `polymuse remove` takes out of the library."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.fields import with_hidden
from catalog.file_tag_types import YES
from catalog.filters import Filter
from catalog.track import Track
from catalog.validation import is_track_id
from cli import output
from cli.progress import counted, say
from cli.session import Library
from polymuse.errors import NotFoundError
from polymuse.paths import is_file, normal, printable

PREVIEW = 20  # lines on a terminal; the rest is only counted


@dataclass(frozen=True, slots=True)
class Leaving:
    """Files that leave a track; the track leaves with its last file."""

    track: Track
    paths: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return len(self.paths) == len(self.track.files)


def matching(library: Library, where: Filter) -> list[Leaving]:
    """All tracks that match the filter, with all their files."""
    return [_whole(track) for track in library.catalog.tracks(where)]


def chosen_by(library: Library, references: Iterable[str]) -> list[Leaving]:
    """What ids, files and folders name. Raises NotFoundError for one that names nothing of the library."""
    paths: dict[str, list[str]] = {}
    tracks: dict[str, Track] = {}
    for reference in references:
        found = _named(library, reference)
        if not found:
            raise NotFoundError(
                f"{printable(reference)!r} is not in the library",
                "`polymuse list` shows the paths, --json also the ids",
            )
        for each in found:
            tracks[each.track.id] = each.track
            paths.setdefault(each.track.id, []).extend(each.paths)
    return [Leaving(track, tuple(dict.fromkeys(paths[id_]))) for id_, track in tracks.items()]


def _named(library: Library, reference: str) -> list[Leaving]:
    if is_track_id(reference):
        return [_whole(track) for track in library.catalog.get([reference])]
    path = normal(reference)
    filters = (with_hidden(Filter(paths=(str(path),), missing=missing)) for missing in ((), (YES,)))
    below = [_below(track, path) for where in filters for track in library.catalog.tracks(where)]
    if not below and is_file(path) and (track := library.find(reference)) is not None:  # by a link, for example
        same = tuple(file.path for file in track.files if _is_same(path, file.path))
        return [Leaving(track, same)] if same else []
    return below


def _whole(track: Track) -> Leaving:
    return Leaving(track, tuple(file.path for file in track.files))


def _below(track: Track, folder: Path) -> Leaving:
    return Leaving(track, tuple(file.path for file in track.files if Path(file.path).is_relative_to(folder)))


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def describe(leaving: Sequence[Leaving], *, as_json: bool) -> None:
    """Print what is going to leave."""
    if as_json:
        for each in leaving:
            output.print_json(
                {"id": each.track.id, "title": each.track.title, "paths": each.paths, "track": each.whole}
            )
        return
    if not leaving:
        output.messages().print("No track matches.")
        return
    rows = [(each.track.title, each.track.artist, path) for each in leaving for path in each.paths]
    output.print_table(("title", "artist", "path"), rows[:PREVIEW])
    if len(rows) > PREVIEW:
        say(output.messages(), f"and {len(rows) - PREVIEW} more")


def remove_all(library: Library, leaving: Sequence[Leaving]) -> None:
    """Remove these from the library, and say how many and what keeps them out."""
    library.catalog.delete([each.track.id for each in leaving if each.whole])
    for each in leaving:
        for path in () if each.whole else each.paths:
            library.catalog.remove_path(path)
    library.catalog.flush()
    tracks = sum(each.whole for each in leaving)
    paths = [path for each in leaving for path in each.paths]
    console = output.messages()
    say(console, f"Removed {counted(tracks, 'track')} with {counted(len(paths), 'file')} from the library.")
    if any(os.path.lexists(path) for path in paths):
        say(
            console,
            "The files are still there: the next `polymuse index` adds them, unless a .polymuseignore names them.",
        )
