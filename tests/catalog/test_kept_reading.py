"""What is kept of all tracks while this process and others write."""

import threading

from catalog.client import ClientEngine
from catalog.engine import Point
from catalog.kept_reading import CHECK_SECONDS, RENEW_SECONDS
from catalog.orders import Sort
from catalog.path_hashes import PathHash, PathHashes
from catalog.store import Space
from tests.catalog.conftest import MakeEntry, connect
from tests.helpers.ids import id_of
from tests.helpers.qdrant_server import FakeQdrant

RULE = PathHash("")


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_what_others_write_is_noticed(fake: FakeQdrant, space: Space, entry: MakeEntry) -> None:
    """After a while if it changes the number of tracks, otherwise after a longer one; not before."""
    with connect(fake, space) as one, connect(fake, space) as other:

        def titles() -> str:
            return "".join(track.title for track in one.listing(sort=Sort("title")).tracks)

        def found() -> str:
            asked = {RULE.of(f"/music/{name}.ogg"): name for name in "12x"}
            return "".join(name for digest, name in asked.items() if one.find_by_path_hashes(RULE, [digest]))

        one.upsert([entry(1, title="b")])
        assert (titles(), found()) == ("b", "1")
        kept = [one._storage._order, *one._storage._hashes.values()]  # type: ignore[attr-defined]
        clock = Clock(kept[0]._renewal.clock())
        for each in kept:
            each._renewal.clock = clock
        other.upsert([entry(2, title="a")])
        assert (titles(), found()) == ("b", "1")
        clock.now += CHECK_SECONDS + 1
        assert (titles(), found()) == ("ab", "12")
        other.upsert([entry(2, title="c", paths=("/music/x.ogg",))])
        clock.now += CHECK_SECONDS + 1
        assert (titles(), found()) == ("cb", "1")  # as many tracks as before: neither the place nor the path is known
        clock.now += RENEW_SECONDS
        assert (titles(), found()) == ("bc", "1x")


def test_what_is_written_while_all_tracks_are_read_is_kept() -> None:
    engine = ClientEngine.in_memory(2)
    index = PathHashes(engine, threading.RLock(), RULE, others_write=False)
    points = [Point(id_of(n), {"paths": [f"/music/{n}.ogg"]}) for n in range(2)]
    engine.upsert(points[:1])
    read = engine.scroll

    def scroll(*arguments: object) -> object:
        """Another thread writes after the page was read."""
        page = read(*arguments)  # type: ignore[arg-type]
        engine.upsert(points[1:])
        index.changed([], points[1:])
        return page

    engine.scroll = scroll  # type: ignore[method-assign, assignment]
    assert index.candidates([RULE.of("/music/1.ogg")]) == [id_of(1)]
