"""Names that stay up to date: what this process writes, and what others write."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalog import Catalog
from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.kept_reading import CHECK_SECONDS, RENEW_SECONDS
from catalog.names import library_names
from catalog.names.library_names import LibraryNames
from catalog.query import NameTerm, Query
from catalog.store import Space
from catalog.track import Entry
from tests.catalog.conftest import SPACE, connect
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant

MakeEntry = Callable[..., Entry]


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def found(catalog: Catalog, text: str) -> list[tuple[str, str, int]]:
    return [(name.field, name.value, name.tracks) for name in catalog.find_names(text)]


class TestOwnWrites:
    """Over every engine, after names have been read."""

    @pytest.fixture
    def library(self, catalog: Catalog, entry: MakeEntry) -> Catalog:
        catalog.upsert([entry(n, title=f"Etude {n}", artist="Satie", genres=("Piano",)) for n in (1, 2)])
        assert found(catalog, "satie") == [("artist", "Satie", 2)]
        return catalog

    def test_new_tracks(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(3, title="Vexations", artist="satie", composers=("Erik Satie",))])
        assert ("title", "Vexations", 1) in found(library, "vexations")
        assert ("artist", "Satie", 3) in found(library, "satie")
        assert ("composer", "Erik Satie", 1) in found(library, "erik satie")

    def test_replaced_tracks(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(1, title="Parade", artist="Cocteau")])
        assert [name for _, name, _ in found(library, "etude 1")] == ["Etude 2"]  # a part of it
        assert found(library, "parade cocteau") == [("artist", "Cocteau", 1), ("title", "Parade", 1)]
        assert found(library, "satie") == [("artist", "Satie", 1)]

    def test_changed_tracks(self, library: Catalog) -> None:
        [track] = library.get([id_of(1)])
        library.update(replace(track, title="Relâche", artist="Picabia", artists=("Picabia",)))
        assert found(library, "relache") == [("title", "Relâche", 1)]
        assert found(library, "picabia") == [("artist", "Picabia", 1)]
        assert found(library, "satie") == [("artist", "Satie", 1)]

    def test_a_spelling_that_no_track_has_any_more(self, library: Catalog, entry: MakeEntry) -> None:
        library.delete([id_of(1), id_of(2)])
        library.upsert([entry(4, title="Parade", artist="SATIE")])
        assert found(library, "satie") == [("artist", "SATIE", 1)]

    def test_spellings_change_places(self, entry: MakeEntry) -> None:
        with Catalog.in_memory(SPACE) as catalog:
            catalog.upsert([entry(1, artist="Satie"), entry(2, artist="SATIE"), entry(3, artist="SATIE")])
            assert found(catalog, "satie") == [("artist", "SATIE", 3)]
            catalog.delete([id_of(2), id_of(3)])
            assert found(catalog, "satie") == [("artist", "Satie", 1)]

    def test_deleted_and_missing_tracks(self, library: Catalog) -> None:
        library.delete([id_of(1)])
        assert found(library, "satie") == [("artist", "Satie", 1)]
        library.remove_path("/music/2.ogg", missing_since="2026-01-01T00:00:00+00:00")
        assert found(library, "satie etude 2") == []

    def test_new_spellings_are_searched_for(self, library: Catalog, entry: MakeEntry) -> None:
        library.upsert([entry(3, title="ETUDE 1", mix=[0, 1, 0, 0])])
        hits = library.search(Query(names=(NameTerm("title", "Etude 1"),)), lambda _: pytest.fail("no text"))
        assert {hit.track.id for hit in hits[:2]} == {id_of(1), id_of(3)}
        assert [hit.matched for hit in hits] == [("title",), ("title",), ()]


class TestManyChanges:
    def test_make_a_new_index_in_the_background(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(library_names, "MOST_CHANGES", 2)
        engine = ClientEngine.in_memory(2)
        names = LibraryNames(engine, threading.RLock(), others_write=False)
        assert names.find("satie", 5) == []
        points = [Point(id_of(n), {"title": f"Vexations {n}", "artists": ["Satie"]}) for n in (1, 2, 3)]
        engine.upsert(points)
        names.changed((), (point.payload for point in points))
        assert [name.tracks for name in names.find("satie", 5)] == [3]  # beside the index, which it lets be made anew
        names.close()
        assert [name.tracks for name in names.find("satie", 5)] == [3]
        assert not names._state.changes  # type: ignore[union-attr]

    def test_writes_while_an_index_is_made_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine = ClientEngine.in_memory(2)
        names = LibraryNames(engine, threading.RLock(), others_write=False)
        point = Point(id_of(1), {"title": "Vexations"})
        make = library_names.stored_or_made

        def made(path: Path | None, counts: library_names.Counts) -> library_names.NameIndex:
            if not counts and not engine.retrieve([point.id]):
                engine.upsert([point])
                names.changed((), [point.payload])
            return make(path, counts)

        monkeypatch.setattr(library_names, "stored_or_made", made)
        assert [name.tracks for name in names.find("vexations", 5)] == [1]


class TestOthers:
    """Two processes on one server."""

    def test_what_they_write_is_noticed(self, fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
        clock = Clock()
        with connect(fake, space) as one, connect(fake, space) as other:
            names = one._storage._names  # type: ignore[attr-defined]
            names._renewal.clock = clock
            one.upsert([entry(1, artist="Satie")])
            assert found(one, "satie ravel") == [("artist", "Satie", 1)]
            other.upsert([entry(2, artist="Ravel")])
            clock.now += CHECK_SECONDS + 1
            found(one, "ravel")  # notices it
            names.close()
            assert ("artist", "Ravel", 1) in found(one, "ravel")
            other.update(replace(other.get([id_of(2)])[0], artist="Fauré", artists=("Fauré",)))
            clock.now += CHECK_SECONDS + 1
            found(one, "faure")
            names.close()
            assert found(one, "faure") == []  # as many tracks as before
            clock.now += RENEW_SECONDS
            found(one, "faure")
            names.close()
            assert found(one, "faure") == [("artist", "Fauré", 1)]
