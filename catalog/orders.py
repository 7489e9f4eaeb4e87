"""The table of orders of a library.

Each row says which payload fields it needs and what a track is ordered by. Tracks with the same value follow each other
as on a shelf, by artist, album, disc, track number and title; those without one come last, whatever the direction.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from catalog.collation import collated
from catalog.engine import Payload
from polymuse.errors import UserError

Value: TypeAlias = str | float | None
MAX_SEED = 100  # characters
RANDOM = "random"
PLACES = 100_000  # above any track number


@dataclass(frozen=True, slots=True)
class Order:
    """What tracks are ordered by."""

    about: str
    fields: tuple[str, ...]  # of the payload
    value: Callable[[Payload], Value]
    newest_first: bool = False  # whether people expect the highest first


def _name(key: str) -> Callable[[Payload], Value]:
    return lambda payload: collated(payload.get(key, "")) or None


def _number(key: str) -> Callable[[Payload], Value]:
    return lambda payload: payload.get(key)


def _artist(payload: Payload) -> str | None:
    """Of the album, so that compilations stay together."""
    return collated(payload.get("album_artist") or payload.get("artist") or "") or None


def _on_wheel(payload: Payload) -> Value:
    """Around the Camelot wheel, so that neighbours mix: 1A, 1B, 2A, …"""
    code: str = payload.get("camelot", "")
    return 2 * int(code[:-1]) + (code[-1] == "B") if code else None


ORDERS: Mapping[str, Order] = {
    "artist": Order("artist of the album, then album, disc and track number", ("album_artist", "artist"), _artist),
    "title": Order("title", ("title",), _name("title")),
    "album": Order("album", ("album",), _name("album")),
    "year": Order("year", ("year",), _number("year")),
    "added": Order("when the track came into the library", ("added_at",), _number("added_at"), newest_first=True),
    "played": Order("when the track was last played here", ("played_at",), _number("played_at"), newest_first=True),
    "plays": Order("how often it was played here", ("plays",), _number("plays"), newest_first=True),
    "bpm": Order("tempo", ("bpm",), _number("bpm")),
    "key": Order("key, around the Camelot wheel", ("camelot",), _on_wheel),
    "loudness": Order("integrated loudness", ("loudness",), _number("loudness")),
    "energy": Order("energy", ("energy",), _number("energy")),
    "duration": Order("length", ("duration",), _number("duration")),
    RANDOM: Order("chance; the same seed gives the same order", (), lambda _: None),
}
SHELF_FIELDS = ("album_artist", "artist", "album", "disc_number", "track_number", "title")

Shelf: TypeAlias = tuple[str, str, int, str]


def shelf(payload: Payload) -> Shelf:
    """(artist, album, place in it, title): the order of tracks that have the same value."""
    disc, track = payload.get("disc_number") or 0, payload.get("track_number") or 0
    return _artist(payload) or "", collated(payload.get("album", "")), disc * PLACES + track, collated(payload["title"])


@dataclass(frozen=True, slots=True)
class Sort:
    """A wanted order. `order` is one of ORDERS; the seed counts only for `random`."""

    order: str = "artist"
    descending: bool = False
    seed: str = ""

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise UserError(f'Tracks cannot be ordered by "{self.order[:50]}"', f"Choose one of {', '.join(ORDERS)}.")
        if len(self.seed) > MAX_SEED:
            raise UserError(f"The seed has {len(self.seed)} characters", f"Choose up to {MAX_SEED}.")

    def chance(self, id: str) -> Value:  # noqa: A002  # the field's own word
        """The place of a track in a random order, for the seed."""
        digest = hashlib.blake2b(f"{self.seed}\0{id}".encode("utf-8", "replace"), digest_size=6).digest()
        return int.from_bytes(digest)
