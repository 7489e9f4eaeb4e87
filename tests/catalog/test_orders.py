"""The table of orders."""

import pytest

from catalog.orders import ORDERS, Sort
from polymuse.errors import UserError


@pytest.mark.parametrize(
    ("name", "payload", "value"),
    [
        ("artist", {"artist": "x feat. y", "album_artist": "The X"}, "x"),
        ("artist", {"artist": ""}, None),
        ("title", {"title": "Ägir 2"}, "agir 000000000002"),
        ("key", {"camelot": "8B"}, 17),  # after 8A, which is 16
        ("key", {}, None),
        ("loudness", {"loudness": -14.5}, -14.5),
    ],
)
def test_what_a_track_is_ordered_by(name: str, payload: dict[str, object], value: object) -> None:
    assert ORDERS[name].value(payload) == value


def test_unknown_orders_and_seeds_without_end_are_refused() -> None:
    with pytest.raises(UserError, match='"size"') as caught:
        Sort("size")
    assert "title" in caught.value.advice
    with pytest.raises(UserError, match="seed"):
        Sort("random", seed="x" * 1000)


def test_chance_depends_on_seed_and_track() -> None:
    assert Sort("random", seed="a").chance("1") == Sort("random", seed="a").chance("1")
    places = {Sort("random", seed=seed).chance(id_) for seed in ("a", "b") for id_ in ("1", "2")}
    assert len(places) == 4
