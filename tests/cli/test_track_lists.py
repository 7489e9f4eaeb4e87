"""Lists of tracks: orders and forms."""

import pytest

from catalog.track import FileRef, Track
from cli.track_lists import check_one_form, in_order, print_tracks
from cli.track_orders import Order
from polymuse.errors import UserError


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
