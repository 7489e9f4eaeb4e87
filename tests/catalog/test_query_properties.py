"""What holds for every query: order, pages, exclusions, explanations. Over the in-memory engine, for speed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.query import Hit, Query, Seed, Text
from catalog.ranking import NEAR_DUPLICATE
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Segment
from tests.helpers.ids import id_of
from tests.helpers.searching import examples
from tests.helpers.signals import unit

DIM = 8
TRACKS = 60
WORDS = "abcde"
RANDOM = np.random.default_rng(7)


def noise() -> np.ndarray:
    return RANDOM.normal(size=DIM)


TEXTS = {word: unit(noise()) for word in WORDS}


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([TEXTS[text] for text in texts])


def entries() -> Iterator[Entry]:
    """Every fourth track is nearly the one before; a third has no vocals, a fifth no segments."""
    mix = unit(noise())
    for number in range(TRACKS):
        mix = unit(mix + 0.01 * noise()) if number % 4 == 3 else unit(noise())
        vectors = {"mix": mix} | ({"vocals": unit(mix + noise())} if number % 3 else {})
        segments = tuple(Segment(n, n + 2, unit(mix + 0.5 * noise())) for n in range(number % 5))
        file = FileRef(f"/m/{number}.ogg", 1, 1)
        yield Entry(
            Track(id_of(number + 1), (file,), "", 10.0, "ogg", f"Artist {number % 7}", f"Album {number % 11}"),
            vectors,
            segments,
        )


ENTRIES = {entry.track.id: entry for entry in entries()}


@pytest.fixture(scope="module")
def library() -> Iterator[Catalog]:
    with Catalog.in_memory(Space("properties", DIM, "p" * 64, "test")) as catalog:
        catalog.upsert(ENTRIES.values())
        yield catalog


weights = st.floats(0.1, 10)
seeds = st.lists(
    st.builds(
        Seed, st.sampled_from([id_of(n) for n in (2, 3, 5, 8, 12)]), weights, st.sampled_from([None, "mix", "vocals"])
    ),
    max_size=2,
).map(tuple)
plain = st.builds(
    Query,
    texts=st.lists(st.builds(Text, st.sampled_from(WORDS[:-1]), weights), min_size=1, max_size=2).map(tuple),
    # a single word that the wanted ones lack, so that a query never cancels out
    not_texts=st.lists(st.builds(Text, st.just(WORDS[-1]), st.floats(0.1, 0.5)), max_size=1).map(tuple),
    tracks=seeds,
    not_tracks=seeds,
    stems=st.sampled_from([{"mix": 1.0}, {"vocals": 2.0}, {"mix": 1.0, "vocals": 3.0}]),
    where=st.sampled_from([Filter(), Filter(artists=("artist 1", "artist 2", "artist 3")), Filter(stems=("vocals",))]),
    limit=st.just(TRACKS),
    min_score=st.sampled_from([None, None, -0.1, 0.2]),
    moments=st.sampled_from([None, "locate"]),
    without_duplicates=st.booleans(),
    without_same=st.frozensets(st.sampled_from(["artist", "album"])),
    explain=st.booleans(),
)
queries = st.one_of(plain, plain.map(lambda query: replace(query, stems={"mix": 1.0}, moments="rank")))


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.track.id for hit in hits]


@examples(25)
@given(query=queries)
def test_scores_fall_and_no_track_comes_twice(library: Catalog, query: Query) -> None:
    hits = library.search(query, embed_text)
    keys = [(-hit.score, hit.track.id) for hit in hits]
    assert keys == sorted(keys)
    assert len(set(ids(hits))) == len(hits)
    assert all(hit.score >= (query.min_score or -2) for hit in hits)
    assert all(-1 - 1e-6 <= score <= 1 + 1e-6 for hit in hits for score in hit.stem_scores.values())


@examples(15)
@given(query=queries, diversity=st.sampled_from([0.0, 0.3, 1.0]), size=st.integers(9, 25))
def test_pages_neither_repeat_nor_skip(library: Catalog, query: Query, diversity: float, size: int) -> None:
    query = replace(query, diversity=diversity)
    whole = library.search(query, embed_text)
    pages = [
        hit
        for offset in range(0, TRACKS, size)
        for hit in library.search(replace(query, limit=size, offset=offset), embed_text)
    ]
    assert ids(pages) == ids(whole)
    assert pages == whole


@examples(25)
@given(query=queries, diversity=st.sampled_from([0.0, 0.5]))
def test_what_is_excluded_does_not_come(library: Catalog, query: Query, diversity: float) -> None:
    hits = library.search(replace(query, diversity=diversity), embed_text)
    named = {seed.track_id for seed in (*query.tracks, *query.not_tracks)}
    wanted = [ENTRIES[seed.track_id] for seed in query.tracks]
    assert not named & set(ids(hits))
    for shared in query.without_same:
        names = {getattr(entry.track, shared) for entry in wanted}
        assert not names & {getattr(hit.track, shared) for hit in hits}
    if query.without_duplicates:
        mixes = np.stack(
            [entry.vectors["mix"] for entry in (*wanted, *(ENTRIES[each] for each in ids(hits)))] or [np.zeros(DIM)]
        )
        likeness = mixes @ mixes.T - 2 * np.eye(len(mixes))
        assert likeness[:, len(wanted) :].max(initial=-1) < NEAR_DUPLICATE + 1e-6


@examples(25)
@given(query=queries)
def test_contributions_sum_to_the_score(library: Catalog, query: Query) -> None:
    for hit in library.search(replace(query, explain=True), embed_text):
        assert sum(part.contribution for part in hit.parts) == pytest.approx(hit.score, abs=1e-5)
        assert {part.stem for part in hit.parts} == set(hit.stem_scores)


@examples(25)
@given(query=queries)
def test_moments_are_the_nearest_segments(library: Catalog, query: Query) -> None:
    """Against the segments themselves, where the query is one text alone."""
    word = query.texts[0].text
    query = replace(
        query, texts=(Text(word),), not_texts=(), tracks=(), not_tracks=(), stems={"mix": 1.0}, min_score=None
    )
    query = replace(query, moments=query.moments or "locate", without_same=frozenset(), without_duplicates=False)
    hits = library.search(query, embed_text)
    best = {
        hit.track.id: max((float(s.vector @ TEXTS[word]) for s in ENTRIES[hit.track.id].segments), default=None)
        for hit in hits
    }
    assert {hit.track.id: hit.moment and hit.moment.score for hit in hits} == pytest.approx(best, abs=1e-5)
    if query.moments == "rank":
        passing = {each.id for each in library.scroll(query.where, TRACKS).tracks if ENTRIES[each.id].segments}
        assert set(ids(hits)) == passing
