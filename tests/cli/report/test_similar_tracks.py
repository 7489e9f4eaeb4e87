"""The most similar tracks of a library, by the mix and by each stem."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.opening import open_catalog
from catalog.track import Entry, FileRef, Track
from cli.report.similar_tracks import LibraryState, SimilarTracks, find_similar
from cli.session import Library
from tests.cli.conftest import WORDS, fill_with_words
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant, listening


@pytest.fixture(scope="module")
def closed(make_library: Callable[[], Library], make_folder: Callable[[], Path]) -> Library:
    """The mixes of its tracks 0 to 6 sound like piano, techno, choir and then techno; the vocals of 0 to 2 like
    techno, choir, piano. Nobody has opened its store.
    """
    library = make_library()
    library.settings = library.settings.model_copy(update={"home": make_folder()})
    [techno] = library.embedder.embed_text(["techno"])
    with open_catalog(library.settings, library.catalog.space) as library.catalog:
        fill_with_words(library)
        library.catalog.upsert([entry(number, mix=techno) for number in range(3, 7)])
    return library


def entry(number: int, **vectors: object) -> Entry:
    track = Track(id_of(number), (FileRef(f"/music/{number}.ogg", 1, 1),), str(number), 1.0, "vorbis")
    return Entry(track, vectors)  # type: ignore[arg-type]


def similar(library: Library, number: int, **words: str) -> SimilarTracks:
    """To track `number`, which sounds like these words."""
    vectors = dict(zip(words, library.embedder.embed_text([*words.values()]), strict=True))
    return find_similar(library.settings, library.embedder, vectors, id_of(number))


def test_each_stem_is_compared_with_its_like(closed: Library) -> None:
    found = similar(closed, 9, mix="piano", vocals="choir", drums="techno")
    assert (found.state, found.note) == (LibraryState.SEARCHED, "")
    assert list(found.hits) == ["mix", "vocals"]  # no track has a vector of drums
    best = {name: (hits[0].track.id, round(hits[0].score, 3)) for name, hits in found.hits.items()}
    assert best == {"mix": (id_of(0), 1.0), "vocals": (id_of(1), 1.0)}
    assert [len(hits) for hits in found.hits.values()] == [5, 3]  # five of seven, and all that have vocals


def test_the_track_itself_is_left_out_and_five_remain(closed: Library) -> None:
    hits = similar(closed, 0, mix="piano").hits["mix"]
    assert len({hit.track.id for hit in hits} - {id_of(0)}) == len(hits) == 5


def test_a_library_beside_others_is_searched(closed: Library) -> None:
    with open_catalog(closed.settings, closed.catalog.space):
        assert similar(closed, 0, mix="piano").state == LibraryState.SEARCHED


def test_a_library_that_another_one_has_for_itself_is_unavailable(closed: Library) -> None:
    with Catalog.open(closed.settings.layout.store, closed.catalog.space):
        found = similar(closed, 0, mix="piano")
    assert (found.state, found.hits) == (LibraryState.UNAVAILABLE, {})
    assert str(closed.settings.home) in found.note


def test_without_a_library_none_is_made(closed: Library, tmp_path: Path) -> None:
    settings = closed.settings.model_copy(update={"home": tmp_path})
    found = find_similar(settings, closed.embedder, {"mix": closed.embedder.embed_text(WORDS)[0]}, id_of(0))
    assert found.state == LibraryState.NONE
    assert "starter" in found.note
    assert "polymuse index" in found.note
    assert not list(tmp_path.iterdir())


def test_a_library_of_that_track_alone_has_no_other(closed: Library) -> None:
    [vector] = closed.embedder.embed_text(["piano"])
    with listening(FakeQdrant()) as url:
        settings = closed.settings.model_copy(update={"qdrant_url": url})
        with open_catalog(settings, closed.catalog.space) as catalog:
            catalog.upsert([entry(0, mix=vector)])
        found = find_similar(settings, closed.embedder, {"mix": vector}, id_of(0))
    assert (found.state, found.hits) == (LibraryState.NONE, {})
    assert "no other track" in found.note
