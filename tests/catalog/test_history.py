"""The plays of a library, the last one first."""

from catalog.catalog import Catalog
from catalog.history import latest_plays
from catalog.marks import MarkChange
from catalog.store import Space
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of


def test_every_play_is_listed_unless_the_track_is_hidden(space: Space, entry: MakeEntry) -> None:
    with Catalog.in_memory(space) as catalog:
        catalog.upsert([entry(n) for n in (1, 2, 3)])
        for number, hour in ((1, 10), (2, 11), (1, 12), (3, 13)):
            catalog.mark([id_of(number)], MarkChange(played_at=f"2026-11-30T{hour}:00:00Z"))
        catalog.mark([id_of(3)], MarkChange(hidden=True))
        plays = [(play.at[11:13], play.track.title) for play in latest_plays(catalog, 10)]
        assert plays == [("12", "Title 1"), ("11", "Title 2"), ("10", "Title 1")]
        assert len(latest_plays(catalog, 1)) == 1
