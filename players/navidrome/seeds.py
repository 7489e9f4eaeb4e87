"""The tracks of an album or an artist that Navidrome names."""

import re
from collections.abc import Callable

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.keys import fold
from catalog.planning import VARIOUS_ARTISTS
from catalog.track import Track
from polymuse.errors import UserError

MAX_TRACKS = 200  # of one album or artist that are read; ids are hashes, so the first are a fair sample
_BETWEEN_ARTISTS = re.compile(r"\s*[;\0]\s*")  # what taggers put between names that Navidrome may show as one


def album_tracks(catalog: Catalog, name: str, artist: str, mbid: str) -> list[Track]:
    """The tracks of an album, by the MusicBrainz id of its release or else by its name and artist."""
    by_id = _found(catalog, lambda: Filter(musicbrainz_ids=(mbid,))) if mbid else []
    released = [track for track in by_id if mbid in track.musicbrainz.get("release", ())]
    if released:
        return released
    named = _found(catalog, lambda: Filter(albums=(name,))) if name.strip() else []
    whose = fold(artist)
    if whose in VARIOUS_ARTISTS or not whose:
        return [track for track in named if track.compilation or fold(track.album_artist) in VARIOUS_ARTISTS] or named
    return [track for track in named if whose in {fold(each) for each in (track.album_artist, *_names(track))}]


def artist_tracks(catalog: Catalog, name: str, mbid: str) -> list[Track]:
    """The tracks of an artist, by the MusicBrainz id or else by the name, which may be of several."""
    by_id = _found(catalog, lambda: Filter(musicbrainz_ids=(mbid,))) if mbid else []
    credited = [track for track in by_id if mbid in track.musicbrainz.get("artist", ())]
    if credited or fold(name) in VARIOUS_ARTISTS:
        return credited
    for names in ((name,), tuple(_BETWEEN_ARTISTS.split(name))):
        wanted = tuple(each for each in names if each.strip())
        named = _found(catalog, lambda names=wanted: Filter(artists=names)) if wanted else []
        if named:
            return named
    return []


def _names(track: Track) -> tuple[str, ...]:
    return (track.artist, *track.artists)


def _found(catalog: Catalog, where: Callable[[], Filter]) -> list[Track]:
    try:
        return list(catalog.scroll(where(), MAX_TRACKS).tracks)
    except UserError:  # a name or id that no track can have
        return []
