"""Orders of the tracks of a playlist by a rule. All are stable; tracks without what the rule needs come last."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from catalog.keys import fold
from catalog.track import Track
from polymuse.errors import UserError

Rule: TypeAlias = Literal[
    "title", "artist", "album", "year", "added", "bpm", "key", "energy", "loudness", "length", "shuffle", "smooth"
]
RULES: tuple[Rule, ...] = get_args(Rule)
MAX_SMOOTH = 3_000  # tracks; the matrix of their distances takes 36 MB
MAX_UNTANGLED = 1_000  # tracks whose crossings are removed afterwards
SWEEPS = 30  # over all pairs of steps; most orders are settled after five


def by_artist(track: Track) -> tuple[Any, ...]:
    """As a shelf is ordered: by the artist of the album, then by albums and their tracks."""
    places = track.disc_number or 0, track.track_number or 0
    return fold(track.album_artist or track.artist), fold(track.album), *places, fold(track.title)


def around_the_wheel(camelot: str) -> int:
    """The place of a Camelot code in a round in which each step mixes: 1A 1B 2B 2A 3A 3B 4B 4A and so on."""
    number, major = int(camelot[:-1]), camelot.endswith("B")
    return 2 * number + (major if number % 2 else not major)


def _by_album(track: Track) -> tuple[Any, ...]:
    artist, *rest = by_artist(track)
    return *rest[:1], artist, *rest[1:]


KEYS: Mapping[str, Callable[[Track], Any]] = {  # None: the track has nothing to go by
    "title": lambda track: fold(track.title),
    "artist": by_artist,
    "album": _by_album,
    "year": lambda track: track.year,
    "added": lambda track: track.added,
    "bpm": lambda track: track.bpm,
    "key": lambda track: around_the_wheel(track.camelot) if track.camelot else None,
    "energy": lambda track: track.energy,
    "loudness": lambda track: track.loudness,
    "length": lambda track: track.duration or None,
}


def ordered(
    tracks: Sequence[Track | None],
    rule: Rule,
    *,
    reverse: bool = False,
    seed: int = 0,
    vectors: Mapping[str, np.ndarray] | None = None,
) -> list[int]:
    """The places of the tracks in their new order; None is a track that the library does not have.

    `vectors` has the vector [dim] of norm 1 by the id of the track, which only the rule `smooth` needs: an order in
    which neighbours sound alike, from the track that is first. Raises UserError for too many of them.
    """
    there = [place for place, track in enumerate(tracks) if track is not None]
    if rule == "shuffle":
        found = [*there]
        random.Random(seed).shuffle(found)  # noqa: S311  nothing secret
    elif rule == "smooth":
        check_smooth(len(there))
        vectors = vectors or {}
        found = [place for place in there if (track := tracks[place]) is not None and track.id in vectors]
        rows = [vectors[track.id] for place in found if (track := tracks[place]) is not None]
        found = [found[index] for index in smooth_order(np.array(rows, dtype=np.float32))] if rows else []
        found = found[::-1] if reverse else found
    else:
        keys = {place: KEYS[rule](track) for place in there if (track := tracks[place]) is not None}
        known = [place for place in there if keys[place] is not None]
        found = sorted(known, key=lambda place: keys[place], reverse=reverse)
    chosen = set(found)
    return [*found, *(place for place in range(len(tracks)) if place not in chosen)]


def check_smooth(count: int) -> None:
    """Raises UserError for more tracks than can be brought into a smooth order."""
    if count > MAX_SMOOTH:
        raise UserError(f"{count:,} tracks are too many for a smooth order", f"Choose at most {MAX_SMOOTH:,}.")


def smooth_order(vectors: np.ndarray) -> list[int]:
    """An order of rows [n, dim] of norm 1 that begins with the first and whose steps are short.

    Each time the nearest one that is left, and then stretches are turned round as long as that shortens the way
    (2-opt), as the last steps of the first way are long ones.
    """
    count = len(vectors)
    if count < 3:
        return list(range(count))
    distances = np.arccos(np.clip(vectors @ vectors.T, -1.0, 1.0))
    left = np.ones(count, dtype=bool)
    left[0] = False
    order = [0]
    for _ in range(count - 1):
        nearest = int(np.where(left, distances[order[-1]], np.inf).argmin())
        left[nearest] = False
        order.append(nearest)
    return _untangled(np.array(order), distances).tolist() if count <= MAX_UNTANGLED else order


def _untangled(order: np.ndarray, distances: np.ndarray) -> np.ndarray:
    for _ in range(SWEEPS):
        better = False
        for start in range(len(order) - 2):
            ends = np.arange(start + 2, len(order))  # turn round what is from start + 1 to one of these
            before = distances[order[start], order[start + 1]]
            gain = before - distances[order[start], order[ends]]
            inner = order[ends[:-1]]
            after = order[ends[:-1] + 1]
            gain[:-1] += distances[inner, after] - distances[order[start + 1], after]
            best = int(gain.argmax())
            if gain[best] > 1e-6:
                order[start + 1 : ends[best] + 1] = order[start + 1 : ends[best] + 1][::-1].copy()
                better = True
        if not better:
            break
    return order
