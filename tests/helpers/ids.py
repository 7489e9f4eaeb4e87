"""Tracks of tests have numbers; a store wants UUIDs."""

import uuid

from catalog.track import Track


def id_of(number: int) -> str:
    return str(uuid.UUID(int=number))


def number_of(track: Track) -> int:
    return uuid.UUID(track.id).int
