"""Songs like others, as AudioMuse-AI lists them: each with its distance, of which 0 is the same song.

The distance is 1 - cosine. No list has two versions of a song.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from catalog.catalog import Catalog
from catalog.field_types import Range
from catalog.fields import Filter
from catalog.journeys.journey import MAX_TRACKS, MIN_TRACKS, Journey
from catalog.journeys.versions import artist_keys, song_key
from catalog.orders import Sort
from catalog.query import Hit, Query, Seed
from catalog.search_options import MAX_DEPTH
from catalog.track import Track
from polymuse.errors import NotFoundError
from polymuse.music import MIX, SCORE

PER_ARTIST = 3  # songs of an artist, before any more of them, where that is asked for
SPARE = 40  # hits that are fetched beyond half as many again as asked for, as some are versions of others
PLAYED = 100  # songs that were played most often, which say what somebody likes
PLAYABLE = Filter(exclude=Filter(kinds=(SCORE,)))


Knows: TypeAlias = Callable[[Track], object]  # whether the server that asks has a track


@dataclass(frozen=True, slots=True)
class Song:
    """A track in a list."""

    track: Track
    distance: float  # from 0, the same, to 2


@dataclass(frozen=True, slots=True)
class Path:
    """The songs of a path from the first to the last, with their distances from the first."""

    songs: tuple[Song, ...]
    length: float  # the sum of the distances of its steps


def songs_like(catalog: Catalog, track: Track, count: int, *, per_artist: int = 0, knows: Knows = bool) -> list[Song]:
    """Songs like one, the nearest first; options as of `found_songs`. Raises UserError."""
    query = Query(tracks=(Seed(track.id),))
    return found_songs(catalog, query, count, per_artist=per_artist, without=[track], knows=knows)


def found_songs(
    catalog: Catalog,
    query: Query,
    count: int,
    *,
    per_artist: int = 0,
    without: Iterable[Track] = (),
    knows: Knows = bool,
) -> list[Song]:
    """At most `count` songs that a query without texts finds, in their order, and no version of a song in `without`.

    With `per_artist`, further songs of an artist come after all others; with `knows`, all are known there. Raises
    UserError.
    """
    left_out = list(without)
    limit = min(MAX_DEPTH, count + count // 2 + SPARE)
    while True:
        query = replace(query, limit=limit, without_duplicates=True, where=PLAYABLE)
        hits = catalog.search(query)
        known = (hit for hit in hits if knows(hit.track))
        songs = distinct(known, count, per_artist=per_artist, without=left_out)
        if len(songs) == count or len(hits) < limit or limit == MAX_DEPTH:
            return songs
        limit = MAX_DEPTH


def distinct(hits: Iterable[Hit], count: int, *, per_artist: int = 0, without: Iterable[Track] = ()) -> list[Song]:
    """One version of each song; with `per_artist`, further songs of an artist at the end."""
    seen = {_song(track) for track in without} - {""}
    of_artist: Counter[str] = Counter()
    first, further = [], []
    for hit in hits:
        key = _song(hit.track)
        if key and key in seen:
            continue
        seen.add(key)
        song = Song(hit.track, distance(hit.score))
        artists = artists_of(hit.track)
        if per_artist and any(of_artist[each] >= per_artist for each in artists):
            further.append(song)
        else:
            first.append(song)
            of_artist.update(artists)
    return [*first, *further][:count]


def path_between(catalog: Catalog, start: Track, end: Track, count: int) -> Path:
    """A journey of at most `count` songs, by each artist and from each album one, if that can be. Raises UserError."""
    if start.id == end.id:
        return Path((Song(start, 0.0),), 0.0)
    count = min(max(count, MIN_TRACKS), MAX_TRACKS)
    steps = catalog.journey(Journey(start.id, end.id, count, where=PLAYABLE)).steps
    songs = tuple(Song(step.track, distance(step.to_start)) for step in steps)
    return Path(songs, sum(distance(step.to_previous) for step in steps if step.to_previous is not None))


def farthest(catalog: Catalog, track: Track) -> Song:
    """The song that is least like one. Raises NotFoundError if there is no other, and UserError."""
    hits = catalog.search(Query(not_tracks=(Seed(track.id),), limit=1, where=PLAYABLE))
    if not hits:
        raise NotFoundError("The library has no other song")
    other = hits[0].track
    vectors = catalog.vectors([track.id, other.id])
    return Song(other, distance(float(vectors[track.id][MIX] @ vectors[other.id][MIX])))


def songs_of_taste(catalog: Catalog, count: int, *, knows: Knows = bool) -> list[Song]:
    """Songs like those that were played here most often, without these. Raises NotFoundError if nothing was played."""
    often = Filter(plays=(Range(1, None),), exclude=PLAYABLE.exclude)
    played = catalog.listing(often, Sort("plays", descending=True), limit=PLAYED).tracks
    if not played:
        raise NotFoundError(
            "Nothing has been played through Poly-Muse yet", "It knows the plays of its own page and of POST /played"
        )
    seeds = tuple(Seed(track.id, math.sqrt(track.plays)) for track in played)
    return found_songs(catalog, Query(tracks=seeds), count, per_artist=PER_ARTIST, without=played, knows=knows)


def mixed_songs(
    catalog: Catalog,
    wanted: Mapping[str, float],
    unwanted: Mapping[str, float],
    count: int,
    *,
    least_distance: float | None = None,
    knows: Knows = bool,
) -> tuple[list[Song], list[Song]]:
    """Songs like some and unlike others, {id: weight}, and those that `least_distance` has left out.

    That is the smallest distance of a song from every unwanted one. Raises UserError, NotFoundError.
    """
    query = Query(
        tracks=tuple(Seed(id_, weight) for id_, weight in wanted.items()),
        not_tracks=tuple(Seed(id_, weight) for id_, weight in unwanted.items()),
    )
    songs = found_songs(catalog, query, MAX_DEPTH if unwanted and least_distance else count, knows=knows)
    near = _near(catalog, songs, list(unwanted), least_distance or 0.0)
    kept = [song for song in songs if song.track.id not in near]
    return kept[:count], [song for song in songs if song.track.id in near][:count]


def artists_of(track: Track) -> tuple[str, ...]:
    """A key for each artist of a track, as `catalog.journeys.versions.artist_keys`."""
    return artist_keys({"artists": track.artists, "artist": track.artist})


def distance(cosine: float) -> float:
    """From 0, the same, to 2; rounding errors never make it negative."""
    return min(max(0.0, 1.0 - cosine), 2.0)


def _near(catalog: Catalog, songs: Sequence[Song], others: Sequence[str], least: float) -> set[str]:
    """The ids of songs that are nearer than `least` to one of the others."""
    if not (songs and others and least > 0):
        return set()
    away = catalog.vectors(others)
    unlike = np.stack([vectors[MIX] for vectors in away.values()])
    vectors = catalog.vectors([song.track.id for song in songs])
    nearest = {id_: float((unlike @ of[MIX]).max()) for id_, of in vectors.items()}
    return {id_ for id_, cosine in nearest.items() if distance(cosine) < least}


def _song(track: Track) -> str:
    return song_key({"title": track.title, "artist": track.artist})
