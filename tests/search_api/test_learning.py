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

NEVER = 3600.0  # seconds; tests write themselves
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


def learned(catalog: Catalog, title: str, id_: str) -> int:
    """What is written after one question."""
    learning = Learning(later=NEVER)
    learning.note(shown(catalog, title, id_), catalog)
    written = learning.write(catalog)
    learning.close()
    return written


def test_an_id_is_learned_once(catalog: Catalog) -> None:
    assert learned(catalog, TITLES[0], "0hX5uGKn3CB9caSe8AUGi4") == 1
    assert known(catalog, 0) == ("navidrome:0hX5uGKn3CB9caSe8AUGi4",)
    assert learned(catalog, TITLES[0], "0hX5uGKn3CB9caSe8AUGi4") == 0


@pytest.mark.parametrize("id_", ["", "short", "with a space", "x" * 65, "../../etc/passwd", "夜夜夜夜夜夜夜夜"])
def test_what_is_no_id_is_not(catalog: Catalog, id_: str) -> None:
    assert learned(catalog, TITLES[0], id_) == 0
    assert learned(catalog, "Unknown", "0hX5uGKn3CB9caSe8AUGi4") == 0


def test_questions_in_a_row_are_one_write(catalog: Catalog) -> None:
    learning = Learning(later=NEVER)
    for number, title in enumerate(TITLES):
        learning.note(shown(catalog, title, f"{number:022}"), catalog)
        learning.note(shown(catalog, title, f"{number:022}"), catalog)
    assert known(catalog, 0) == ()
    assert learning.write(catalog) == len(TITLES)
    assert [known(catalog, number) for number in range(2)] == [(f"navidrome:{0:022}",), (f"navidrome:{1:022}",)]
    learning.close()
    learning.note(shown(catalog, TITLES[0], "afterwards-1234567890"), catalog)
    assert learning.write(catalog) == 0


def test_a_track_has_only_so_many_of_one_server(catalog: Catalog) -> None:
    catalog.mark([id_of(0)], MarkChange(known_as=tuple(f"lyrion:{number}" for number in range(20))))
    for number in range(5):
        learned(catalog, TITLES[0], f"{number:022}")
    learning = Learning(later=NEVER)
    for number in range(5, 15):
        learning.note(shown(catalog, TITLES[0], f"{number:022}"), catalog)
    learning.write(catalog)
    learning.close()
    assert len(known(catalog, 0)) == 20 + MAX_IDS


def test_a_minute_has_only_so_many(catalog: Catalog) -> None:
    now = [0.0]
    learning = Learning(lambda: now[0], later=NEVER)

    def noted(count: int, prefix: str) -> int:
        """Ids of all tracks in turn, which then forget them."""
        total = 0
        for number in range(count):
            learning.note(shown(catalog, TITLES[number % len(TITLES)], f"{prefix}{number:020}"), catalog)
        total += learning.write(catalog)
        for number in range(len(TITLES)):
            catalog.mark([id_of(number)], MarkChange(not_known_as=known(catalog, number)))
        return total

    room = MAX_IDS * len(TITLES)  # 40
    assert noted(room, "a") == room
    assert noted(room, "b") == PER_MINUTE - room
    now[0] += 5
    assert noted(room, "c") == 5 * PER_MINUTE / 60
    learning.close()
