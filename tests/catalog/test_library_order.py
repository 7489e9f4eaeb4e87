"""Tracks in order, page by page, over every engine."""

import random
from dataclasses import replace

import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.library_order import read_cursor
from catalog.marks import Marks
from catalog.orders import ORDERS, Sort
from catalog.storage import Listing
from polymuse.errors import UserError
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of
from tests.helpers.measured import measured

PLAYED = Marks(plays=1, played=("2026-01-04T00:00:00+00:00",))
SECOND = "2026-01-02T00:00:00+00:00"


def titles(listing: Listing) -> str:
    return "".join(track.title for track in listing.tracks)


@pytest.fixture
def shelf(catalog: Catalog, entry: MakeEntry) -> Catalog:
    loud = measured(bpm=174.0, key="Am", loudness=-8.0, energy=0.9)  # 8A
    catalog.upsert(
        [
            entry(
                1, title="d", artist="Ab", album="Z", track_number=1, year=2000, indexed_at="2026-01-02T00:00:00+00:00"
            ),
            entry(
                2,
                title="c",
                artist="x",
                album_artist="AB",
                album="z",
                disc_number=1,
                track_number=2,
                measured=loud,
                marks=PLAYED,
            ),
            entry(3, title="b", artist="Aa", album="Z", year=1990, tag_bpm=99.0, tag_key="G#m", duration=9.0),
            entry(4, title="a", artist="The Äa", album="Y", indexed_at="2026-01-03T00:00:00+00:00"),
        ]
    )
    return catalog


def test_orders(shelf: Catalog) -> None:
    """Tracks without a value come last, in both directions; equal ones stand as on a shelf."""
    expected = {
        "artist": ("abdc", "dcab"),
        "title": ("abcd", "dcba"),
        "album": ("abdc", "bdca"),
        "year": ("bdac", "dbac"),
        "added": ("dabc", "adbc"),
        "played": ("cabd", "cabd"),
        "plays": ("abdc", "cabd"),
        "bpm": ("bcad", "cbad"),
        "key": ("bcad", "cbad"),
        "loudness": ("cabd", "cabd"),
        "energy": ("cabd", "cabd"),
        "duration": ("badc", "adcb"),
    }
    found = {
        name: tuple(titles(shelf.listing(sort=Sort(name, descending))) for descending in (False, True))
        for name in expected
    }
    assert found == expected
    assert expected.keys() == ORDERS.keys() - {"random"}


def test_pages_fit_together_in_every_order(shelf: Catalog) -> None:
    for sort in (
        *(Sort(name, descending) for name in ORDERS for descending in (False, True)),
        Sort("random", seed="7"),
    ):
        pages, cursor, starts = "", None, []
        while True:
            page = shelf.listing(sort=sort, limit=3, cursor=cursor)
            pages, cursor = pages + titles(page), page.cursor
            starts.append(page.start)
            if cursor is None:
                break
        assert pages == titles(shelf.listing(sort=sort)), sort
        assert (sorted(pages), starts, page.total) == (list("abcd"), [0, 3], 4)
    assert titles(shelf.listing(sort=Sort("title"), offset=2)) == "cd"
    assert titles(shelf.listing(sort=Sort("title"), offset=9)) == ""


def test_filters(shelf: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of few tracks are ordered by themselves, those of many within all."""
    for few in (500, -1):
        monkeypatch.setattr("catalog.local_storage.FEW", few)
        not_a, sort = parse_filter("-title:a"), Sort("title", descending=True)
        first = shelf.listing(not_a, sort, 2)
        assert (titles(first), first.total) == ("dc", 3)
        assert (
            titles(shelf.listing(parse_filter("-title:a"), Sort("title", descending=True), 2, cursor=first.cursor))
            == "b"
        )
        assert titles(shelf.listing(parse_filter("added:2026-01-03..2026-02"))) == "a"
        assert titles(shelf.listing(parse_filter("album:z"), Sort("year"))) == "bdc"


def test_pages_stay_whole_while_tracks_are_written(shelf: Catalog, entry: MakeEntry) -> None:
    first = shelf.listing(sort=Sort("title"), limit=2)  # a b
    shelf.upsert([entry(5, title="A new one"), entry(6, title="z")])
    shelf.delete([first.tracks[1].id])
    [c] = shelf.get([id_of(2)])
    shelf.update(replace(c, title="y"), before=c)
    rest = shelf.listing(sort=Sort("title"), limit=9, cursor=first.cursor)
    assert [track.title for track in rest.tracks] == ["d", "A new one", "y", "z"]  # the article does not count
    assert (rest.start, rest.total) == (1, 5)


def test_what_is_written_meanwhile_is_in_every_order(shelf: Catalog, entry: MakeEntry) -> None:
    """As if all had been read anew."""
    chance = random.Random(3)
    sorts = [Sort("title"), Sort("year", descending=True), Sort("random", seed="s"), Sort("bpm")]
    for sort in sorts:
        shelf.listing(sort=sort)
    for number in range(12):
        year, bpm = chance.choice([None, 1990, 2000]), chance.choice([None, 90.0])
        shelf.upsert([entry(chance.randrange(8), title=f"t{number % 5}", year=year, tag_bpm=bpm)])
    shelf.delete([id_of(4)])
    ids = [[track.id for track in shelf.listing(sort=sort).tracks] for sort in sorts]
    everything = parse_filter("duration:0..")  # few tracks are read and sorted by themselves
    assert ids == [[track.id for track in shelf.listing(everything, sort).tracks] for sort in sorts]


def test_missing_tracks_are_left_out(shelf: Catalog) -> None:
    shelf.remove_path("/music/3.ogg", missing_since="2026-01-05T00:00:00+00:00")
    assert titles(shelf.listing()) == "adc"
    assert titles(shelf.listing(parse_filter("missing:yes"))) == "b"


def test_a_track_that_is_stored_again_keeps_its_day(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, indexed_at="2026-01-02T00:00:00+00:00")])
    catalog.upsert([entry(1, title="again", indexed_at="2026-05-05T00:00:00+00:00")])
    [track] = catalog.get([id_of(1)])
    catalog.update(replace(track, added_before="", title="and again"))
    [track] = catalog.get([id_of(1)])
    assert (track.title, track.added) == ("and again", "2026-01-02T00:00:00+00:00")
    assert track.indexed_at == "2026-05-05T00:00:00+00:00"


@pytest.mark.parametrize("cursor", ["", "x", "💥", "a" * 10_000, id_of(1), "WzFd", "bnVsbA", "W1tbW1tbW1s"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UserError, match="not a cursor"):
        read_cursor(cursor, Sort("title"))


def test_cursors_of_other_orders_and_bad_places_are_refused(shelf: Catalog) -> None:
    cursor = shelf.listing(sort=Sort("title"), limit=1).cursor
    with pytest.raises(UserError, match="another order"):
        shelf.listing(sort=Sort("title", descending=True), cursor=cursor)
    for wrong in ({"limit": 0}, {"offset": -1}, {"offset": 1, "cursor": cursor}):
        with pytest.raises(UserError, match="page"):
            shelf.listing(sort=Sort("title"), **wrong)  # type: ignore[arg-type]


def test_hostile_names_have_a_place(catalog: Catalog, entry: MakeEntry) -> None:
    names = ['"', "/=..", "\u202eevil", "x" * 1000, "شوبان", "\ud800", "'; --"]
    catalog.upsert([entry(number, title=name, artist=name) for number, name in enumerate(names)])
    cursor, seen = None, []
    while True:
        page = catalog.listing(sort=Sort("artist"), limit=2, cursor=cursor)
        seen += [track.id for track in page.tracks]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(map(id_of, range(len(names))))
