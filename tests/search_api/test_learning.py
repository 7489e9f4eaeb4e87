"""Ids that a server shows in its questions, within bounds."""

from collections.abc import Iterator

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.marks import MarkChange
from catalog.songs.reference import SongReference
from catalog.songs.resolving import Resolved, resolve
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from search_api.learning import MAX_IDS, PER_MINUTE, Learning
from tests.helpers.ids import id_of

SPACE = Space(name="test", dim=4, fingerprint="f" * 64, profile="starter")
TITLES = [f"Song {name}" for name in ("Ash", "Birch", "Cedar", "Elm", "Fir")]


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with Catalog.in_memory(SPACE) as made:
        files = [(FileRef(f"/music/{number}.ogg", 1, 1),) for number in range(len(TITLES))]
        tracks = [
            Track(id_of(number), files[number], title, 100.0, "vorbis", artist="Ada")
            for number, title in enumerate(TITLES)
        ]
        made.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)}) for track in tracks])
        yield made


def shown(catalog: Catalog, title: str, id_: str) -> list[Resolved]:
    return resolve([SongReference(title, ("Ada",), id=id_, server="navidrome")], catalog)


def known(catalog: Catalog, number: int) -> tuple[str, ...]:
    return catalog.get([id_of(number)])[0].marks.known_as


def test_an_id_is_learned_once(catalog: Catalog) -> None:
    learning = Learning()
    assert learning.learn(shown(catalog, TITLES[0], "0hX5uGKn3CB9caSe8AUGi4"), catalog) == 1
    assert known(catalog, 0) == ("navidrome:0hX5uGKn3CB9caSe8AUGi4",)
    assert learning.learn(shown(catalog, TITLES[0], "0hX5uGKn3CB9caSe8AUGi4"), catalog) == 0


@pytest.mark.parametrize("id_", ["", "short", "with a space", "x" * 65, "../../etc/passwd", "夜夜夜夜夜夜夜夜"])
def test_what_is_no_id_is_not(catalog: Catalog, id_: str) -> None:
    assert Learning().learn(shown(catalog, TITLES[0], id_), catalog) == 0
    assert Learning().learn(shown(catalog, "Unknown", "0hX5uGKn3CB9caSe8AUGi4"), catalog) == 0


def test_a_track_has_only_so_many_of_one_server(catalog: Catalog) -> None:
    catalog.mark([id_of(0)], MarkChange(known_as=tuple(f"lyrion:{number}" for number in range(20))))
    for number in range(MAX_IDS + 5):
        Learning().learn(shown(catalog, TITLES[0], f"{number:022}"), catalog)
    assert len(known(catalog, 0)) == 20 + MAX_IDS


def test_a_minute_has_only_so_many(catalog: Catalog) -> None:
    now = [0.0]
    learning = Learning(lambda: now[0])

    def tried(count: int, prefix: str) -> int:
        """One id after the other, moved from track to track."""
        return sum(
            learning.learn(shown(catalog, TITLES[number % len(TITLES)], f"{prefix}{number:020}"), catalog)
            for number in range(count)
        )

    catalog_room = MAX_IDS * len(TITLES)  # 40
    assert tried(catalog_room, "a") == catalog_room
    for number in range(len(TITLES)):
        catalog.mark([id_of(number)], MarkChange(not_known_as=known(catalog, number)))
    assert tried(catalog_room, "b") == PER_MINUTE - catalog_room
    now[0] += 5
    assert tried(catalog_room, "c") == 5 * PER_MINUTE / 60
