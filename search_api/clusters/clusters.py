"""The clusters of a library with their names and tracks, updated in the background of a service."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from catalog.journeys.versions import song_key
from catalog.track import Track
from polymuse.music import SCORE
from search_api.clusters.file import ClusterFile, current_clusters
from search_api.clusters.naming import ClusterName, name_clusters
from search_api.media.cache import MediaCache
from search_api.renewed import Renewed

CACHE_BYTES = 2**27  # clusters take 50 bytes per track
FEWEST = 5  # tracks of a cluster that is shown, or all if the library has fewer
LISTED = 1000  # tracks of a cluster as a playlist
GAP = 3  # tracks between two of one artist, if there are others
LOOKED_AT = 60  # tracks ahead, for one of another artist: what is typical of the cluster comes first
FIRST = 50  # of the tracks whose artists are named


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tracks that sound alike."""

    key: str  # the same from one day to the next
    name: ClusterName
    size: int  # tracks
    artists: tuple[str, ...]  # of the most typical tracks, the most frequent first
    tracks: tuple[str, ...]  # ids of at most LISTED, the most typical first, without versions of a song


class LibraryClusters:
    """Finds the clusters on the first request and again when the library has changed. Serves the old ones meanwhile."""

    def __init__(self, catalog: Catalog, cache: MediaCache) -> None:
        self._found = Renewed(catalog, lambda: find_clusters(catalog, cache), "clusters")

    def current(self) -> list[Cluster] | None:
        """The clusters that were found last; None while they are looked for the first time.

        If that fails, one call raises the error and the next one starts it again.
        """
        made = self._found.current()
        return None if made is None else made.value

    def close(self) -> None:
        """Wait for the thread to end. Close the cache first: that ends a running computation."""
        self._found.close()


@contextmanager
def open_clusters(catalog: Catalog, directory: Path) -> Iterator[LibraryClusters]:
    """The clusters of a catalog, cached in `directory`."""
    cache = MediaCache(directory, CACHE_BYTES)
    clusters = LibraryClusters(catalog, cache)
    try:
        with cache:
            yield clusters
    finally:
        clusters.close()


def find_clusters(catalog: Catalog, cache: MediaCache) -> list[Cluster]:
    """The clusters of a library, the largest first: recordings that are neither missing nor hidden.

    May take minutes for a large library. Raises as `current_clusters`.
    """
    facts = _Facts(catalog)
    if not facts.ids:
        return []
    found = current_clusters(catalog, facts.ids, cache)
    order = np.argsort(-np.bincount(found.groups, minlength=len(found.keys)), kind="stable")
    drafts = [draft for index in order if (draft := _draft(found, int(index), facts)) is not None]
    artists = [_artists(catalog, draft.tracks[:FIRST]) for draft in drafts]
    shares = np.stack([draft.share for draft in drafts])
    names = name_clusters(shares, facts.everywhere, facts.slugs, artists)
    return [
        Cluster(draft.key, name, draft.size, by, draft.tracks)
        for draft, name, by in zip(drafts, names, artists, strict=True)
    ]


class _Facts:
    """What is needed of each track, in a few bytes: a library may have a million."""

    def __init__(self, catalog: Catalog) -> None:
        self.ids: list[str] = []
        artists, songs, tagged, tags = array("q"), array("q"), array("l"), array("l")
        codes: dict[str, int] = {}
        for track in catalog.tracks():
            if track.kind == SCORE:
                continue
            for slug in _surest(track):
                tagged.append(len(self.ids))
                tags.append(codes.setdefault(slug, len(codes)))
            artists.append(_hash(track.artist.casefold()))
            songs.append(_hash(song_key({"title": track.title, "artist": track.artist})))
            self.ids.append(track.id)
        self.slugs = [*codes]
        self.artists, self.songs = np.frombuffer(artists, np.int64), np.frombuffer(songs, np.int64)
        self._tagged, self._tags = np.array(tagged, int), np.array(tags, int)
        self.everywhere = self.share(np.ones(len(self.ids), bool))
        self.place = {id_: place for place, id_ in enumerate(self.ids)}

    def share(self, member: np.ndarray) -> np.ndarray:
        """[n] which tracks -> [tags], how many of them have each, from 0 to 1."""
        counts = np.bincount(self._tags[member[self._tagged]], minlength=len(self.slugs))
        return counts / max(int(member.sum()), 1)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A cluster without its name."""

    key: str
    size: int
    tracks: tuple[str, ...]
    share: np.ndarray  # [tags]


def _draft(found: ClusterFile, index: int, facts: _Facts) -> _Draft | None:
    """The cluster of an index; None if it has too few tracks to be one."""
    rows = np.flatnonzero(found.groups == index)
    if len(rows) < min(FEWEST, len(facts.ids)):
        return None
    rows = rows[np.argsort(-found.closeness[rows], kind="stable")]
    places = np.array([facts.place[found.ids[row]] for row in rows], int)
    member = np.zeros(len(facts.ids), bool)
    member[places] = True
    listed = _apart(_once(places, facts.songs)[:LISTED], facts.artists)
    return _Draft(found.keys[index], len(rows), tuple(facts.ids[place] for place in listed), facts.share(member))


def _once(places: np.ndarray, songs: np.ndarray) -> np.ndarray:
    """The places without further versions of a song; 0 is a song without a name."""
    first = np.zeros(len(places), bool)
    first[np.unique(songs[places], return_index=True)[1]] = True
    return places[first | (songs[places] == 0)]


def _apart(places: np.ndarray, artists: np.ndarray) -> list[int]:
    """All places, those of one artist apart where others are near; 0 is an unknown artist."""
    waiting, order, recent = [int(place) for place in places], [], []
    while waiting:
        ahead = enumerate(waiting[:LOOKED_AT])
        at = next((at for at, place in ahead if not artists[place] or artists[place] not in recent), 0)
        order.append(waiting.pop(at))
        recent = [*recent, artists[order[-1]]][-GAP:]
    return order


def _artists(catalog: Catalog, ids: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(track.artist for track in catalog.known(ids) if track.artist)
    return tuple(name for name, _ in counts.most_common(5))


def _surest(track: Track) -> set[str]:
    """The most confident tag of each category."""
    surest = {tag.category: tag.slug for tag in sorted(track.right_tags, key=lambda tag: (tag.confidence, tag.slug))}
    return {*surest.values()}


def _hash(text: str) -> int:
    """0 for an empty text."""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True) if text else 0
