"""The storage over engines of this process: which stems it takes to be there."""

from collections.abc import Callable

from catalog.catalog import Catalog
from catalog.client import ClientEngine
from catalog.engine import Conditions
from catalog.local_storage import LocalStorage
from catalog.track import Entry
from tests.helpers.ids import id_of

MakeEntry = Callable[..., Entry]


class Counted(ClientEngine):
    """Counts facets, which look at every track."""

    facets = 0

    def facet(self, key: str, where: Conditions) -> dict[str | int, int]:
        self.facets += 1
        return super().facet(key, where)


class TestStems:
    def test_new_ones_are_known_without_counting_again(self, entry: MakeEntry) -> None:
        engine = Counted.in_memory(4)
        assert isinstance(engine, Counted)
        storage = LocalStorage(engine, ClientEngine.in_memory(4), lambda _: None, 4)
        storage.upsert([entry(1, vocals=[0, 1, 0, 0])])
        assert storage.stems(["mix"]) == ["mix", "vocals"]
        storage.upsert([entry(2, drums=[0, 1, 0, 0])])
        assert storage.stems(["drums"]) == ["drums", "mix", "vocals"]
        assert engine.facets == 1

    def test_the_last_track_of_a_stem_may_lose_it(self, catalog: Catalog, entry: MakeEntry) -> None:
        storage = catalog._storage
        catalog.upsert([entry(1, vocals=[0, 1, 0, 0]), entry(2)])
        assert storage.stems([]) == ["mix", "vocals"]
        catalog.upsert([entry(1)])
        assert storage.stems([]) == ["mix"]
        catalog.upsert([entry(2, drums=[0, 1, 0, 0])])
        catalog.delete([id_of(2)])
        assert storage.stems([]) == ["mix"]
