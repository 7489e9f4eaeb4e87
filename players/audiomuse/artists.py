"""Artists like another: those of the songs that are nearest to his."""

from collections import defaultdict
from dataclasses import dataclass

from catalog.catalog import Catalog
from catalog.fields import Filter
from catalog.keys import fold
from catalog.query import Query, Seed
from catalog.search_options import MAX_DEPTH
from catalog.track import Track
from players.audiomuse.songs import PLAYABLE, Song, artists_of, found_songs
from polymuse.errors import NotFoundError
from polymuse.text import clean

SONGS = 32  # of an artist that are compared
REPRESENTATIVE = 5  # songs that stand for an artist in an answer
COUNTED = 3  # nearest songs of an artist whose mean distance is that of the artist
NAMES = 10  # of the library that a name may mean


@dataclass(frozen=True, slots=True)
class SimilarArtist:
    """An artist, the mean distance of his nearest songs, and these."""

    name: str
    distance: float
    songs: tuple[Song, ...]


def tracks_of_artist(catalog: Catalog, name: str, limit: int = SONGS) -> list[Track]:
    """Songs of the artist that is called so or most nearly so. Raises NotFoundError."""
    for spelling in (name, *(found.value for found in catalog.find_names(name, NAMES) if found.field == "artist")):
        if fold(spelling):
            where = Filter(artists=(spelling,), exclude=PLAYABLE.exclude)
            if tracks := catalog.scroll(where, limit).tracks:
                return tracks
    raise NotFoundError(f'The library has no artist "{clean(name)[:100]}"', "Send the name of an artist")


def similar_artists(catalog: Catalog, tracks: list[Track], name: str, count: int) -> list[SimilarArtist]:
    """Artists whose songs are like these tracks of another, the nearest first. Raises UserError."""
    query = Query(tracks=tuple(Seed(track.id) for track in tracks))
    own = {fold(name), *(key for track in tracks for key in artists_of(track) if fold(track.artist) == key)}
    songs: dict[str, list[Song]] = defaultdict(list)
    names: dict[str, str] = {}
    for song in found_songs(catalog, query, MAX_DEPTH, without=tracks):
        if own & {*artists_of(song.track)}:
            continue
        for each in song.track.artists:
            if key := fold(each):
                names.setdefault(key, each)
                songs[key].append(song)
    found = [SimilarArtist(names[key], _mean(of), tuple(of[:REPRESENTATIVE])) for key, of in songs.items()]
    return sorted(found, key=lambda each: (each.distance, each.name))[:count]


def _mean(songs: list[Song]) -> float:
    """An artist of few songs is as far as the last of them: one lucky song is no likeness."""
    nearest = [song.distance for song in songs[:COUNTED]]
    return sum(nearest + nearest[-1:] * (COUNTED - len(nearest))) / COUNTED
