"""The same queries over every engine give the same answers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Audio, Hit, NameTerm, Query, Seed, Text
from catalog.server import Server
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Measurements, Tag
from polymuse.musical_keys import Key
from tests.helpers.ids import id_of, number_of
from tests.helpers.qdrant_server import REAL_SERVER, FakeQdrant, connected

DIM = 24
TRACKS = 400
STEMS = ("vocals", "drums", "bass")
TAGS = ("calm", "sad", "piano", "trip-hop")
FILTERS = (
    "",
    "artist:artist3 artist:artist4",
    "-tag:calm>0.7",
    "year:1990..2000 tag:sad>0.3",
    "has:vocals path:/music/1",
    "duration:..200 genre:g1",
    "bpm:~118..126 -key:a-moll",
    "compatible:8A loudness:-16..-8 energy:0.3..",
)
FAST = 14  # queries that are not marked slow: each filter and each diversity, with and without a lowest score
RANDOM = np.random.default_rng(20261122)
MEASURED = np.random.default_rng(20261201)


def unit(*shape: int) -> np.ndarray:
    vectors = RANDOM.normal(size=(*shape, DIM))
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


WORDS = dict(zip("abcdefgh", unit(8), strict=True))


def embed_text(texts: Sequence[str]) -> np.ndarray:
    return np.stack([WORDS[text] for text in texts])


def random_measurements() -> Measurements | None:
    if MEASURED.random() < 0.1:
        return None
    return Measurements(
        bpm=float(MEASURED.uniform(50, 200)) if MEASURED.random() < 0.9 else None,
        bpm_confidence=float(MEASURED.random()),
        bpm_other=None,
        first_beat=None,
        key=Key(int(MEASURED.integers(12)), bool(MEASURED.random() < 0.5)).name if MEASURED.random() < 0.9 else "",
        key_confidence=float(MEASURED.random()),
        loudness=float(MEASURED.uniform(-30, -5)),
        loudness_range=float(MEASURED.uniform(0, 20)),
        true_peak=float(MEASURED.uniform(-10, 1)),
        energy=float(MEASURED.random()),
        version=1,
    )


def random_entry(number: int) -> Entry:
    mix = unit()
    stems = [stem for stem in STEMS if RANDOM.random() < 0.7]
    near_the_mix = {stem: mix + 0.7 * unit() for stem in stems}  # stems of one track resemble each other
    track = Track(
        id=id_of(number),
        files=(FileRef(f"/music/{number % 3}/{number}.ogg", number, number),),
        title=f"Title {number}",
        duration=float(RANDOM.uniform(30, 400)),
        format="vorbis",
        artist=f"Artist{number % 7}",
        year=int(RANDOM.integers(1980, 2020)) if RANDOM.random() < 0.9 else None,
        genres=tuple(f"g{i}" for i in range(3) if RANDOM.random() < 0.5),
        tags=tuple(Tag(slug, "mood", float(RANDOM.random())) for slug in TAGS if RANDOM.random() < 0.6),
        measured=random_measurements(),
        tag_bpm=float(MEASURED.integers(60, 180)) if MEASURED.random() < 0.2 else None,
        tag_key="Am" if MEASURED.random() < 0.2 else "",
    )
    return Entry(track, {"mix": mix} | {stem: v / np.linalg.norm(v) for stem, v in near_the_mix.items()})


def random_query(number: int) -> Query:
    def some(low: int, high: int) -> range:
        return range(int(RANDOM.integers(low, high)))

    def weight() -> float:
        return float(RANDOM.uniform(0.2, 2))

    def seed() -> Seed:
        return Seed(id_of(int(RANDOM.integers(1, TRACKS + 1))), weight())

    def text() -> Text:
        return Text("abcdefgh"[RANDOM.integers(8)], weight())

    stems = {stem: weight() for stem in ("mix", *STEMS) if RANDOM.random() < 0.5}
    return Query(
        texts=tuple(text() for _ in some(0, 3)),
        not_texts=tuple(text() for _ in some(0, 2)),
        tracks=tuple(seed() for _ in some(0, 3)),
        not_tracks=tuple(seed() for _ in some(0, 2)),
        audio=(Audio({"mix": unit(), "vocals": unit()}, weight()),),
        stems=stems or {"mix": 1.0},
        where=parse_filter(FILTERS[number % len(FILTERS)]),
        limit=int(RANDOM.integers(1, 40)),
        offset=int(RANDOM.integers(0, 10)),
        min_score=0.05 if number % 5 == 0 else None,
        diversity=(0.0, 0.0, 0.3, 0.7)[number % 4],
    )


ENTRIES = [random_entry(number) for number in range(1, TRACKS + 1)]
QUERIES = [random_query(number) for number in range(60)]


@pytest.fixture(scope="module")
def engines(make_folder: Callable[[], Path]) -> Iterator[list[Catalog]]:
    space = Space("congruence", DIM, "c" * 64, "starter")
    with ExitStack() as opened:
        rest = Server("http://qdrant:6333", transport=FakeQdrant().transport)
        shared = make_folder()
        opened.enter_context(Catalog.share(shared, space))
        catalogs = [
            Catalog.open(make_folder(), space),
            Catalog.share(shared, space),  # attached to the one above
            Catalog.in_memory(space),
            Catalog.connect(rest, space),
        ]
        for catalog in catalogs:
            opened.enter_context(catalog)
        catalogs += [opened.enter_context(connected(space)) for _ in REAL_SERVER]
        for start in range(0, TRACKS, 64):
            for catalog in catalogs:
                catalog.upsert(ENTRIES[start : start + 64])
        yield catalogs


@pytest.mark.parametrize(
    "number", [n if n < FAST else pytest.param(n, marks=pytest.mark.slow) for n in range(len(QUERIES))]
)
def test_same_hits_in_the_same_order(engines: list[Catalog], number: int) -> None:
    edge, *others = (catalog.search(QUERIES[number], embed_text) for catalog in engines)
    assert edge
    for other in others:
        assert [hit.track.id for hit in edge] == [hit.track.id for hit in other]
        assert scores(edge) == pytest.approx(scores(other), abs=1e-5)
        assert [hit.stem for hit in edge] == [hit.stem for hit in other]
        assert [hit.track for hit in edge] == [hit.track for hit in other]


def test_hits_are_the_best_of_all_tracks(engines: list[Catalog]) -> None:
    """Against every score worked out in numpy."""
    scores_of_all = np.stack([entry.vectors["mix"] for entry in ENTRIES]) @ WORDS["a"]
    best = np.argsort(-scores_of_all)[:50]
    for catalog in engines:
        found = catalog.search(Query(texts=(Text("a"),), limit=50), embed_text)
        assert [number_of(hit.track) - 1 for hit in found] == best.tolist()
        assert scores(found) == pytest.approx(scores_of_all[best].tolist(), abs=1e-5)


@pytest.mark.parametrize("where", FILTERS)
def test_same_counts_facets_and_pages(engines: list[Catalog], where: str) -> None:
    edge, *others = engines
    condition = parse_filter(where)
    for other in others:
        assert edge.count(condition) == other.count(condition) > 0
        assert edge.scroll(condition, limit=50) == other.scroll(condition, limit=50)
        for field in ("artist", "album", "genre", "year", "tag", "stem", "bpm", "key", "camelot"):
            assert list(edge.facets(field, condition).items()) == list(other.facets(field, condition).items())


@pytest.mark.parametrize("text", ["artist3", "title 17", "artst5 titel 201", "g1", "by Artist2 in g0", "nothing"])
def test_same_names(engines: list[Catalog], text: str) -> None:
    edge, *others = (catalog.find_names(text) for catalog in engines)
    assert edge or text == "nothing"
    assert all(edge == other for other in others)


@pytest.mark.parametrize(
    ("names", "sound"),
    [
        ((NameTerm("artist", "Artist3"),), True),
        (
            (NameTerm("artist", "artist3"), NameTerm("title", "TITLE 17", exact=False), NameTerm("genre", "g1", 0.7)),
            True,
        ),
        ((NameTerm("genre", "g0"),), True),
        ((NameTerm("artist", "Artist5"),), False),
        ((NameTerm("title", "Title 17"), NameTerm("artist", "Artist3")), False),
    ],
)
@pytest.mark.parametrize("where", ["", "has:vocals", "year:1990..2000"])
def test_same_hits_by_name(engines: list[Catalog], names: tuple[NameTerm, ...], *, sound: bool, where: str) -> None:
    texts = (Text("a"),) if sound else ()
    query = Query(texts=texts, names=names, where=parse_filter(where), limit=60, diversity=0.0 if where else 0.2)
    edge, *others = (catalog.search(query, embed_text) for catalog in engines)
    assert any(hit.matched for hit in edge)
    for other in others:
        assert [hit.track.id for hit in edge] == [hit.track.id for hit in other]
        assert [hit.matched for hit in edge] == [hit.matched for hit in other]
        assert scores(edge) == pytest.approx(scores(other), abs=1e-5)
    for catalog in engines:
        pages = [catalog.search(replace(query, limit=20, offset=start), embed_text) for start in (0, 20, 40)]
        assert [hit.track.id for page in pages for hit in page] == [
            hit.track.id for hit in catalog.search(query, embed_text)
        ]


def scores(hits: list[Hit]) -> list[float]:
    return [hit.score for hit in hits]


@pytest.mark.parametrize(
    ("stems", "diversity"),
    [
        ({"mix": 1.0}, 0.0),
        pytest.param({"mix": 1.0}, 0.4, marks=pytest.mark.slow),
        pytest.param({"mix": 1.0, "vocals": 0.5, "drums": 2.0}, 0.0, marks=pytest.mark.slow),
        pytest.param({"mix": 1.0, "vocals": 0.5, "drums": 2.0}, 0.4, marks=pytest.mark.slow),
    ],
)
def test_pages_beyond_the_first_stages(engines: list[Catalog], stems: dict[str, float], diversity: float) -> None:
    """Pages of 70 end within stages: the first ends at hit 20, the others at 100 and 400."""
    query = Query(texts=(Text("a"),), stems=stems, diversity=diversity, limit=350)
    pages = [replace(query, limit=70, offset=start) for start in range(0, 350, 70)]
    for catalog in engines:
        whole = [hit.track.id for hit in catalog.search(query, embed_text)]
        assert [hit.track.id for page in pages for hit in catalog.search(page, embed_text)] == whole
        assert len(set(whole)) == 350
