"""Lists of tracks: orders and forms."""

import pytest

from catalog.track import FileRef, Track
from cli.track_lists import check_one_form, in_order, print_tracks
from cli.track_orders import Order
from polymuse.errors import UserError
from tests.helpers.measured import measured


def track(title: str, **about: object) -> Track:
    return Track(title, (FileRef(f"/{title}.mp3", 1, 1),), title, 1.0, "mp3", **about)  # type: ignore[arg-type]


SHELF = [
    track("d", artist="Ab", album="Z", track_number=1, year=2000, tag_bpm=99.0, indexed_at="2026-01-02"),
    track(
        "c", artist="x feat. y", album_artist="AB", album="z", track_number=2, disc_number=1, indexed_at="2026-01-03"
    ),
    track("b", artist="Aa", album="Z", year=1990, indexed_at="2026-01-01"),
    track("a", artist="Äa"),
]


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        (Order.ARTIST, "bdca"),
        (Order.TITLE, "abcd"),
        (Order.YEAR, "bdca"),
        (Order.ADDED, "cdba"),
        (Order.BPM, "dbca"),
        (Order.PATH, "abcd"),
    ],
)
def test_orders(order: Order, titles: str) -> None:
    assert "".join(each.title for each in in_order(SHELF, order)) == titles


def test_equal_ones_are_ordered_as_by_artist() -> None:
    assert [each.title for each in in_order(SHELF, Order.LENGTH)] == list("bdca")


def test_one_form_at_most() -> None:
    check_one_form(as_json=False, as_m3u=True, as_csv=False)
    with pytest.raises(UserError, match="Only one of"):
        check_one_form(as_json=True, as_m3u=True, as_csv=False)


def test_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_tracks([], as_json=False, as_m3u=False, as_csv=False)
    assert capsys.readouterr().err == "No track matches.\n"


MIXED = [
    track("a", measured=measured(bpm=174.0, key="Am", loudness=-8.0, energy=0.9)),  # 8A
    track("b", measured=measured(bpm=90.0, key="C", loudness=-20.0, energy=0.1)),  # 8B
    track("c", measured=measured(bpm=120.0, key="Am"), tag_bpm=60.0, tag_key="G#m"),  # 1A
    track("d"),
]


@pytest.mark.parametrize(
    ("order", "titles"),
    [(Order.BPM, "cbad"), (Order.KEY, "cabd"), (Order.LOUDNESS, "bcad"), (Order.ENERGY, "bcad")],
)
def test_orders_by_what_is_measured(order: Order, titles: str) -> None:
    """Tracks without it come last; keys go around the Camelot wheel."""
    assert "".join(each.title for each in in_order(MIXED, order)) == titles


def test_tempo_and_key_have_columns_if_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    print_tracks(MIXED, as_json=False, as_m3u=False, as_csv=False)
    heading, first, *_ = capsys.readouterr().out.splitlines()
    assert heading.split() == ["title", "artist", "album", "year", "bpm", "key", "length", "path"]
    assert first.split() == ["a", "174", "Am", "8A", "0:01", "/a.mp3"]
    print_tracks(MIXED[3:], as_json=False, as_m3u=False, as_csv=False)
    assert "bpm" not in capsys.readouterr().out
