from collections.abc import Sequence

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.query import NameTerm, Query, Seed, Text
from catalog.store import Space
from catalog.understanding.asking import ANY_SOUND, understood_query
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of


@pytest.fixture
def catalog(space: Space, entry: MakeEntry) -> Catalog:
    made = Catalog.in_memory(space)
    made.upsert(
        [
            entry(1, title="Greensleeves", artist="Anonymous Ensemble", year=1580),
            entry(2, mix=[0, 1, 0, 0], title="Gymnopédie", artist="Erik Satie", year=1888),
            entry(3, mix=[0, 0, 1, 0], title="Gnossienne", artist="Erik Satie", year=1890),
        ]
    )
    return made


def embed(texts: Sequence[str]) -> np.ndarray:
    return np.array([[0, 0, 0, 1] if text == "drums" else [1, 0, 0, 0] for text in texts], np.float32)


def test_sound_is_left_to_the_bit(catalog: Catalog) -> None:
    query = Query(texts=(Text("  calm   piano ", 2.0),), limit=7)
    asked, [read] = understood_query(catalog, query)
    assert asked == query
    assert read.sound == "  calm   piano "


def test_each_text_adds_its_parts_with_its_weight(catalog: Catalog) -> None:
    query = Query(texts=(Text("piano without drums before 1889", 2.0), Text("songs by Erik Satie")))
    asked, read = understood_query(catalog, query)
    assert (asked.texts, asked.not_texts) == ((Text("piano", 2.0),), (Text("drums", 2.0),))
    assert asked.names == (NameTerm("artist", "Erik Satie"),)
    assert str(asked.where) == "year:..1888"
    assert [each.sound for each in read] == ["piano", ""]
    assert [hit.track.title for hit in catalog.search(asked, embed)] == ["Gymnopédie", "Greensleeves"]


def test_likeness_to_a_name_is_likeness_to_its_tracks(catalog: Catalog) -> None:
    asked, _ = understood_query(catalog, Query(texts=(Text("like Erik Satie but calmer"),)))
    assert {seed.track_id for seed in asked.tracks} == {id_of(2), id_of(3)}
    assert all(isinstance(seed, Seed) and seed.weight == pytest.approx(0.5) for seed in asked.tracks)
    assert [hit.track.title for hit in catalog.search(asked, embed)] == ["Greensleeves"]


def test_a_text_that_only_limits_ranks_by_any_sound(catalog: Catalog) -> None:
    asked, [read] = understood_query(catalog, Query(texts=(Text("before 1889"),)))
    assert (asked.texts, read.sound) == ((Text(ANY_SOUND),), "")
    assert {hit.track.year for hit in catalog.search(asked, embed)} == {1580, 1888}


def test_a_folder_can_be_named(catalog: Catalog) -> None:
    asked, _ = understood_query(catalog, Query(texts=(Text("piano in my jazz folder"),)), ["/music/Jazz"])
    assert asked.where.paths == ("/music/Jazz",)


def test_a_query_without_texts_stays_as_it_is(catalog: Catalog) -> None:
    query = Query(tracks=(Seed(id_of(1)),))
    assert understood_query(catalog, query) == (query, ())
