"""What Navidrome asks for: songs and artists that sound alike, and paths between songs.

Similarities are cosines of the vectors of a stem, or 0 if negative: 1 is the same song, as in OpenSubsonic.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from catalog.catalog import Catalog
from catalog.engine import Payload
from catalog.filters import Filter
from catalog.journeys.journey import MAX_TRACKS, MIN_TRACKS, Journey
from catalog.journeys.versions import SAME_RECORDING, album_key, artist_keys, song_key
from catalog.query import Audio, Hit, Query
from catalog.search_options import MAX_DEPTH
from catalog.track import Track
from polymuse.errors import NotFoundError, UserError
from polymuse.music import AUDIO, MIX

MAX_COUNT = 500  # songs or artists of an answer; Navidrome asks for no more
MAX_SEEDS = 50  # tracks whose mean an album or an artist is; ids are hashes, so the first are a fair sample
SPARE = 40  # hits that are fetched beyond half as many again as asked for, for those that are left out
NEAREST = 400  # tracks in which similar artists are looked for
BEST = 3  # tracks by which an artist is ranked


@dataclass(frozen=True, slots=True)
class Settings:
    """What the plugin is set to. `per_artist` 0 is any number; else, more come only where there are too few others."""

    stem: str = MIX
    where: Filter = field(default_factory=Filter)
    exclude_artist: bool = False
    exclude_album: bool = False
    per_artist: int = 3


@dataclass(frozen=True, slots=True)
class Similar:
    """A track, and how similar it is, from 0 to 1."""

    track: Track
    similarity: float


@dataclass(frozen=True, slots=True)
class SimilarArtist:
    """An artist as its tracks spell the name, with a MusicBrainz id if they have one."""

    name: str
    mbid: str


def similar_songs(
    catalog: Catalog, seeds: Sequence[Track], count: int, settings: Settings, *, with_seeds: bool = False
) -> list[Similar]:
    """The songs nearest to the mean of the seeds, best first, each song once.

    The seeds and their versions are left out unless `with_seeds`; seeds without the stem count for nothing.
    Raises UserError for a stem that no track has.
    """
    known = _with_stem(catalog, seeds, settings.stem)
    return _Search(catalog, known, settings, with_seeds).found(min(count, MAX_COUNT)) if known and count > 0 else []


def similar_artists(catalog: Catalog, seeds: Sequence[Track], name: str, limit: int, stem: str) -> list[SimilarArtist]:
    """The artists of the tracks nearest to the mean of the seeds, best first, without those of the name.

    An artist is ranked by the mean similarity of its BEST nearest tracks. Those beyond the nearest count as the last of
    them, so that one track that happens to be near is not enough.
    """
    known = _with_stem(catalog, seeds, stem)
    if not known or limit < 1:
        return []
    names = [each for each in (name, *name.split(";")) if each.strip()]
    own = {key for each in names for key in artist_keys({"artist": each})}
    others = Filter(exclude=Filter(artists=tuple(names)))
    hits = _hits(catalog, _mean(catalog, known, stem), Settings(stem, others), NEAREST)
    scores: dict[str, list[float]] = {}
    artists: dict[str, SimilarArtist] = {}
    for hit in hits:
        ids = hit.track.musicbrainz.get("artist", ())
        for place, each in enumerate(hit.track.artists):
            for key in artist_keys({"artist": each}):
                scores.setdefault(key, []).append(hit.score)
                mbid = ids[place] if len(ids) == len(hit.track.artists) else ""
                if key not in artists or (mbid and not artists[key].mbid):
                    artists[key] = SimilarArtist(each, mbid)
    lowest = hits[-1].score if hits else 0.0
    ranked = {
        key: sum([*best[:BEST], *[lowest] * (BEST - len(best))]) for key, best in scores.items() if key not in own
    }
    return [artists[key] for key in sorted(ranked, key=lambda key: (-ranked[key], key))[: min(limit, MAX_COUNT)]]


def path(catalog: Catalog, start: Track, end: Track, count: int, settings: Settings) -> list[Similar]:
    """At most `count` songs from one to another, both included, each with its similarity to the start.

    Empty if one of them lacks the stem. With a count below two, both ends are there all the same.
    Raises UserError for a stem that no track has.
    """
    if start.id == end.id:
        return [Similar(start, 1.0)]
    if len(_with_stem(catalog, [start, end], settings.stem)) < 2:
        return []
    if count < MIN_TRACKS:
        vectors = catalog.vectors([start.id, end.id])
        cosine = float(vectors[start.id][settings.stem] @ vectors[end.id][settings.stem])
        return [Similar(start, 1.0), Similar(end, _similarity(cosine))]
    journey = Journey(start.id, end.id, count=min(count, MAX_TRACKS), stem=settings.stem, where=settings.where)
    return [Similar(step.track, _similarity(step.to_start)) for step in catalog.journey(journey).steps]


class _Search:
    """A search for songs, widened until there are enough."""

    def __init__(self, catalog: Catalog, seeds: Sequence[Track], settings: Settings, with_seeds: bool) -> None:
        self.seeds = seeds
        self._catalog = catalog
        self._settings = settings
        self._own = {} if with_seeds else {track.id: track for track in seeds}
        self._artists = {key for track in seeds for key in artist_keys(_payload(track))}
        self._albums = {album_key(_payload(track)) for track in seeds} - {""}

    def found(self, count: int) -> list[Similar]:
        mean = _mean(self._catalog, self.seeds, self._settings.stem)
        depth = min(count + count // 2 + SPARE + len(self._own), MAX_DEPTH)
        while True:
            hits = _hits(self._catalog, mean, self._settings, depth)
            picked = self._picked(hits, count)
            if len(picked) == count or len(hits) < depth or depth == MAX_DEPTH:
                return picked
            depth = MAX_DEPTH

    def _picked(self, hits: Sequence[Hit], count: int) -> list[Similar]:
        fitting = self._distinct([hit for hit in hits if self._fits(hit.track)])
        limit = self._settings.per_artist
        chosen: list[int] = []
        used: Counter[str] = Counter()
        for place, hit in enumerate(fitting):
            artists = artist_keys(_payload(hit.track))
            if not limit or all(used[each] < limit for each in artists):
                chosen.append(place)
                used.update(artists)
            if len(chosen) == count:
                break
        if len(chosen) < count:
            others = [place for place in range(len(fitting)) if place not in {*chosen}]
            chosen = sorted([*chosen, *others[: count - len(chosen)]])
        return [Similar(fitting[place].track, _similarity(fitting[place].score)) for place in chosen]

    def _fits(self, track: Track) -> bool:
        payload, settings = _payload(track), self._settings
        if track.id in self._own:
            return False
        if settings.exclude_artist and self._artists.intersection(artist_keys(payload)):
            return False
        return not (settings.exclude_album and album_key(payload) in self._albums)

    def _distinct(self, hits: Sequence[Hit]) -> list[Hit]:
        """Those that are no version of a better one or of a seed: by artist and title, or by nearly the same mix."""
        ids = [*self._own, *(hit.track.id for hit in hits)]
        try:
            vectors = self._catalog.vectors(ids)
        except NotFoundError:  # one was deleted meanwhile
            vectors = {}
        mixes = np.stack([vectors[each][MIX] for each in ids]) if vectors else np.zeros((len(ids), 1), np.float32)
        alike = mixes @ mixes.T >= SAME_RECORDING
        songs = {song_key(_payload(track)) for track in self._own.values()} - {""}
        rows, distinct = [*range(len(self._own))], []
        for row, hit in enumerate(hits, len(self._own)):
            song = song_key(_payload(hit.track))
            if song not in songs and not alike[row, rows].any():
                distinct.append(hit)
                rows.append(row)
                songs |= {song} - {""}
        return distinct


def _hits(catalog: Catalog, mean: Audio, settings: Settings, depth: int) -> list[Hit]:
    where = settings.where if settings.where.kinds else replace(settings.where, kinds=(AUDIO,))
    return catalog.search(Query(audio=(mean,), stems={settings.stem: 1.0}, where=where, limit=depth))


def _mean(catalog: Catalog, tracks: Sequence[Track], stem: str) -> Audio:
    """The direction of the sum of their vectors, as if it were audio of its own."""
    vectors = catalog.vectors([track.id for track in tracks[:MAX_SEEDS]])
    means: dict[str, np.ndarray] = {}
    for name in {MIX, stem}:
        total = np.stack([each[name] for each in vectors.values()]).sum(axis=0, dtype=np.float64)
        means[name] = np.asarray(total / max(float(np.linalg.norm(total)), 1e-6), np.float32)
    return Audio(means)


def _with_stem(catalog: Catalog, tracks: Sequence[Track], stem: str) -> list[Track]:
    """The recordings among the tracks that have the stem. Raises UserError if no track of the library has it."""
    recordings = [track for track in tracks if track.kind == AUDIO]
    if stem == MIX:
        return recordings
    having = [track for track in recordings if stem in track.stems and track.stems[stem].present]
    if recordings and not having and not catalog.count(Filter(stems=(stem,))):
        raise UserError(
            f'No track has a stem "{stem}"', "Choose another in the settings of the plugin, or index with this stem."
        )
    return having


def _similarity(cosine: float) -> float:
    return round(min(max(cosine, 0.0), 1.0), 4)


def _payload(track: Track) -> Payload:
    """The fields that tell whose a song is, as the store has them."""
    return {
        "title": track.title,
        "artist": track.artist,
        "artists": list(track.artists),
        "album": track.album,
        "album_artist": track.album_artist,
        "compilation": track.compilation,
    }
