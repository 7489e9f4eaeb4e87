"""The tracks of entries as the library has them now, and the rows of files made of both."""

from collections.abc import Iterable, Mapping, Sequence

from catalog.catalog import Catalog
from catalog.keys import fold, is_storable_path
from catalog.playlists.ordering import Rule, check_smooth, ordered
from catalog.playlists.places import Places
from catalog.playlists.playlist import Playlist, PlaylistEntry
from catalog.playlists.writing import Row
from catalog.track import Track
from polymuse.music import MIX, SCORE


def present(catalog: Catalog, entries: Sequence[PlaylistEntry]) -> dict[int, Track]:
    """{number of an entry: its track}, for those that the library has and whose files are not missing.

    An entry whose track is unknown stands for the one that has its path now: a file that was imported before it was
    indexed, or encoded anew. If the entry had another track it must have the same title, as files may be overwritten.
    """
    by_id = {track.id: track for track in _there(catalog.known([each.track_id for each in entries if each.track_id]))}
    paths = [each.path for each in entries if each.track_id not in by_id and is_storable_path(each.path)]
    by_path = {file.path: track for track in _there(catalog.known(paths=paths)) for file in track.files}
    found = {}
    for entry in entries:
        track = by_id.get(entry.track_id)
        if track is None and (there := by_path.get(entry.path)) is not None:
            track = there if not entry.track_id or fold(there.title) == fold(entry.title) else None
        if track is not None:
            found[entry.number] = track
    return found


def ordered_numbers(
    catalog: Catalog, playlist: Playlist, rule: Rule, *, reverse: bool = False, seed: int = 0
) -> list[int]:
    """The numbers of the entries in the order of a rule. Raises UserError for more of them than it can order."""
    known = present(catalog, playlist.entries)
    tracks = [known.get(entry.number) for entry in playlist.entries]
    vectors = {}
    if rule == "smooth":
        check_smooth(len(tracks))
        ids = list({track.id for track in known.values()})
        vectors = {id_: stems[MIX] for id_, stems in catalog.vectors(ids).items() if MIX in stems}
    places = ordered(tracks, rule, reverse=reverse, seed=seed, vectors=vectors)
    return [playlist.entries[place].number for place in places]


def to_rows(
    entries: Sequence[PlaylistEntry], tracks: Mapping[int, Track], places: Places, *, scores: bool = True
) -> list[Row]:
    """The entries as they are written to a file; without `scores`, those that no player plays are left out."""
    return [
        _row(entry, tracks.get(entry.number), places)
        for entry in entries
        if scores or entry.number not in tracks or tracks[entry.number].kind != SCORE
    ]


def _row(entry: PlaylistEntry, track: Track | None, places: Places) -> Row:
    if track is None:
        path = entry.path
        return Row(entry.title, entry.artist, places.place(path), path, "", entry.duration, entry.track_id)
    path = track.files[0].path if track.files else entry.path
    return Row(track.title, track.credit, places.place(path), path, track.album, track.duration, track.id)


def _there(tracks: Iterable[Track]) -> list[Track]:
    return [track for track in tracks if not track.missing_since]


def rows_of_tracks(tracks: Sequence[Track], places: Places) -> list[Row]:
    """The tracks that a search has found, as the rows of a file; scores are left out."""
    return [_row(PlaylistEntry.of_track(track), track, places) for track in tracks if track.kind != SCORE]
