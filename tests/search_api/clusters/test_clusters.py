"""The clusters of a library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.marks import MarkChange
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Tag
from search_api.clusters.clusters import CACHE_BYTES, Cluster, find_clusters
from search_api.media.cache import MediaCache
from tests.helpers.ids import id_of
from tests.search_api.clusters.test_grouping import crowds

DIM = 16
KINDS = ("calm", "techno", "jazz")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[MediaCache]:
    with MediaCache(tmp_path, CACHE_BYTES) as cache:
        yield cache


def library(each: int) -> Catalog:
    """Three kinds of music in turns, each by two artists; the first two tracks of each are versions of a song."""
    catalog = Catalog.in_memory(Space("test", DIM, "f" * 64, "starter"))
    vectors = crowds(3, each)
    entries = []
    for number, vector in enumerate(vectors):
        kind, place = divmod(number, each)
        track = Track(
            id_of(number),
            (FileRef(f"/{number}", 1, 1),),
            f"Song {kind}" + (" (Live)" if place else "") if place < 2 else f"Song {number}",
            60.0,
            "vorbis",
            artist=f"{KINDS[kind]} {'A' if place < 2 else place % 2}",
            tags=(Tag(KINDS[kind], "mood", 0.9), Tag("stereo", "texture", 0.9)),
        )
        entries.append(Entry(track, {"mix": vector}))
    catalog.upsert(entries)
    return catalog


def by_name(found: list[Cluster]) -> dict[str, Cluster]:
    return {cluster.name.tags[0]: cluster for cluster in found}


def test_clusters_are_named_by_their_tags_and_play_each_song_once(cache: MediaCache) -> None:
    catalog = library(14)  # 42 tracks have 3 clusters
    found = find_clusters(catalog, cache)
    assert sorted(cluster.name.tags for cluster in found) == sorted((kind,) for kind in KINDS)
    for cluster in found:
        assert cluster.size == 14
        assert len(cluster.tracks) == 13  # of two versions, one
        tracks = {track.id: track for track in catalog.get(cluster.tracks)}
        artists = [tracks[id_].artist for id_ in cluster.tracks]
        assert {artist.split()[0] for artist in artists} == {*cluster.name.tags}
        assert {*cluster.artists} == {*artists}
        assert artists[0] != artists[1]
    assert find_clusters(catalog, cache) == found


def test_hidden_tracks_are_left_out_and_the_rest_stays_as_it_was(cache: MediaCache) -> None:
    catalog = library(14)
    before = by_name(find_clusters(catalog, cache))
    gone = before["jazz"].tracks[0]
    catalog.mark([gone], MarkChange(hidden=True))
    after = by_name(find_clusters(catalog, cache))
    assert {name: cluster.key for name, cluster in after.items()} == {name: each.key for name, each in before.items()}
    assert gone not in after["jazz"].tracks
    assert after["jazz"].size == 13


def test_the_smallest_libraries_have_one_cluster_and_an_empty_one_none(cache: MediaCache) -> None:
    assert find_clusters(Catalog.in_memory(Space("test", DIM, "e" * 64, "starter")), cache) == []
    [only] = find_clusters(library(1), cache)
    assert only.size == 3
