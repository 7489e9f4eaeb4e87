"""Checks before storing: engines accept NaN, and a batch that fails is stored partially."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from catalog import stored_marks, stored_measurements
from catalog.field_types import NAME, SLUG, shortened
from catalog.keys import is_storable_path, pure_path, readable
from catalog.track import Entry, Track
from polymuse.errors import UserError
from polymuse.music import MIX, Segment

EXACT = 1e-6  # tolerance of the norm at which a vector is kept bit for bit, so that copies stay equal
DRIFT = 0.01  # tolerance of the norm for rounding and half precision; such a vector is normalised
MAX_SHOWN_PATH = 1000  # characters in a message


class InvalidEntryError(UserError):
    """A track or vector that must not be stored."""

    exit_code = 1
    kind = "invalid-entry"
    http_status = 422


def check_entry(entry: Entry, dim: int) -> Entry:
    """The entry with checked vectors and segments. Raises InvalidEntryError."""
    check_track(entry.track)
    return replace(entry, vectors=checked_vectors(entry, dim), segments=tuple(checked_segments(entry, dim)))


def check_track(track: Track) -> None:
    """Raises InvalidEntryError."""
    if not is_track_id(track.id):
        raise InvalidEntryError(f'The id "{shortened(track.id)}" of {_where(track)} is not a UUID')
    if not track.files:
        raise InvalidEntryError(f"Track {track.id} has no file")
    for file in track.files:
        if not is_storable_path(file.path) or ".." in pure_path(file.path).parts:
            raise InvalidEntryError(f'{_shown(file.path)} is not an absolute path, or has ".."')
    if not (np.isfinite(track.duration) and track.duration >= 0):
        raise InvalidEntryError(f"{_where(track)} lasts {track.duration} seconds")
    _check_measurements(track)
    for tag in track.tags:
        if not SLUG.fullmatch(tag.slug) or not 0 <= tag.confidence <= 1:
            raise InvalidEntryError(
                f"{_where(track)} has the invalid tag {shortened(tag.slug)} of confidence {tag.confidence}"
            )


def _check_measurements(track: Track) -> None:
    """What files say of tempo and gain, and what was measured."""
    if not np.isfinite([track.tag_bpm or 0.0, *track.replay_gain.values()]).all():
        raise InvalidEntryError(f"{_where(track)} has a tempo or a gain that is not a number")
    try:
        stored_measurements.check(track.measured)
        stored_marks.checked(track.marks)
    except ValueError as error:
        raise InvalidEntryError(f"{_where(track)} cannot be stored: {error}") from None


def checked_vectors(entry: Entry, dim: int) -> dict[str, np.ndarray]:
    """The vectors of the entry as [dim] float32 of norm 1. Raises InvalidEntryError."""
    if MIX not in entry.vectors:
        raise InvalidEntryError(f'{_where(entry.track)} has no "{MIX}" vector')
    for name in entry.vectors:
        if not NAME.fullmatch(name):
            raise InvalidEntryError(f'"{shortened(name)}" of {_where(entry.track)} is not the name of a stem')
    try:
        return {name: unit_vector(vector, dim) for name, vector in entry.vectors.items()}
    except ValueError as error:
        raise InvalidEntryError(f"A vector of {_where(entry.track)} cannot be stored: {error}") from None


def checked_segments(entry: Entry, dim: int) -> list[Segment]:
    """The segments of the entry with vectors [dim] float32 of norm 1. Raises InvalidEntryError."""
    for each in entry.segments:
        if not (0 <= each.start < each.end and np.isfinite(each.end)):
            raise InvalidEntryError(f"{_where(entry.track)} has a segment from {each.start} to {each.end} seconds")
    try:
        return [replace(each, vector=unit_vector(each.vector, dim)) for each in entry.segments]
    except ValueError as error:
        raise InvalidEntryError(f"A segment of {_where(entry.track)} cannot be stored: {error}") from None


def unit_vector(vector: np.ndarray, dim: int) -> np.ndarray:
    """`vector` as [dim] float32 with norm 1, without rounding drift. Raises ValueError that describes the problem."""
    vector = np.asarray(vector)
    if vector.shape != (dim,) or not np.issubdtype(vector.dtype, np.floating):
        raise ValueError(f"it is {vector.dtype} of shape {list(vector.shape)}, not floats of shape [{dim}]")
    if not np.isfinite(vector).all():
        raise ValueError("it has values that are not finite")
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    if abs(norm - 1) > DRIFT:
        raise ValueError(f"its norm is {norm:.4g}, not 1")
    if abs(norm - 1) < EXACT:
        return vector.astype(np.float32)
    return (vector.astype(np.result_type(vector, np.float32)) / norm).astype(np.float32)  # not in half precision


def unit_vectors(vectors: Mapping[str, np.ndarray], dim: int) -> dict[str, np.ndarray]:
    """`unit_vector` for each vector."""
    return {name: unit_vector(vector, dim) for name, vector in vectors.items()}


def is_track_id(text: str) -> bool:
    """Whether the text is a UUID in its canonical form."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def check_one_owner(tracks: Sequence[Track]) -> None:
    """Raises InvalidEntryError when two tracks of a batch claim the same file."""
    owner: dict[str, str] = {}
    for track in tracks:
        for file in track.files:
            if owner.setdefault(file.path, track.id) != track.id:
                raise InvalidEntryError(f"{_shown(file.path)} is assigned to two tracks at once")


def _where(track: Track) -> str:
    return _shown(track.files[0].path) if track.files else f"track {shortened(track.id)}"


def _shown(path: str) -> str:
    return readable(path)[:MAX_SHOWN_PATH]
