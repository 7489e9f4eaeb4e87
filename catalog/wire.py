"""Values of the catalog as JSON and raw arrays, for messages between processes. Nothing in a message is executed.

Strings, numbers, booleans, None and mappings are as in JSON. Everything else is a list that begins with its kind:

    ["list", ...], ["tuple", ...], ["set", ...]     sequences and sets
    ["array", dtype, shape]                         an array; the values of all arrays follow the JSON, little-endian
    ["Track", ...]                                  a dataclass of CLASSES, by the order of its fields
    ["NotFoundError", message, advice]              an error of ERRORS
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from functools import cache
from typing import Any

import numpy as np

from catalog.facets import FacetPage, FacetQuery
from catalog.field_types import Range, TagTerm
from catalog.filters import Filter
from catalog.journeys.journey import FoundJourney, Journey, Step
from catalog.journeys.radio import Radio, RadioTracks
from catalog.marks import MarkChange, Marks
from catalog.measured_types import TempoRange
from catalog.names.found_name import FoundName
from catalog.orders import Sort
from catalog.owner import InUseError
from catalog.path_hashes import PathHash
from catalog.query import Audio, DescriptorTerm, Hit, Moment, NameTerm, Part, Query, Seed, Text
from catalog.storage import CatalogStats, Listing, Page
from catalog.track import Entry, FileRef, Track
from catalog.validation import InvalidEntryError
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import NotFoundError, UnavailableError, UserError
from polymuse.music import Measurements, Segment, StemInfo, Tag

OF_TRACKS = (
    Track,
    FileRef,
    StemInfo,
    Tag,
    Measurements,
    Marks,
    MarkChange,
    Entry,
    Segment,
    Page,
    Listing,
    Sort,
    FacetQuery,
    FacetPage,
    CatalogStats,
    PathHash,
)
OF_FILTERS = (Filter, Range, TempoRange, TagTerm)
OF_QUERIES = (Query, Text, DescriptorTerm, Seed, Audio, NameTerm, FoundName, Hit, Moment, Part)
OF_JOURNEYS = (Journey, FoundJourney, Step, Radio, RadioTracks)
OF_DESCRIPTORS = (StoredDescriptor, DescriptorsVersion)
OF_ALL = (*OF_TRACKS, *OF_FILTERS, *OF_QUERIES, *OF_JOURNEYS, *OF_DESCRIPTORS)
CLASSES: dict[str, type] = {each.__name__: each for each in OF_ALL}
ERRORS = {each.__name__: each for each in (UserError, NotFoundError, UnavailableError, InUseError, InvalidEntryError)}
SEQUENCES: dict[str, type] = {"list": list, "tuple": tuple, "set": frozenset}
NOT_A_MESSAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, UserError)
KINDS = "fiu"  # of arrays: floats and integers


def schema() -> str:
    """A digest of all that a message may contain. Processes of different versions may differ in it."""
    described = {name: _fields(each) for name, each in CLASSES.items()}
    return hashlib.sha256(json.dumps([described, sorted(ERRORS)]).encode()).hexdigest()[:16]


def encode(value: object) -> tuple[bytes, list[np.ndarray]]:
    """The JSON of a value, and its arrays. Raises TypeError for a value that cannot be sent."""
    arrays: list[np.ndarray] = []
    text = json.dumps(_to_json(value, arrays), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass"), arrays  # bytes of a path that are not UTF-8 are surrogates


def decode(text: bytes, values: memoryview) -> Any:
    """The inverse of `encode`; `values` are the bytes of all arrays. Raises ValueError."""
    try:
        arrays = _Arrays(values)
        value = _from_json(json.loads(text.decode("utf-8", "surrogatepass")), arrays)
    except NOT_A_MESSAGE as error:
        raise ValueError(f"not a message: {type(error).__name__}: {error}") from error
    if arrays.left:
        raise ValueError(f"not a message: {arrays.left} bytes too many")
    return value


def size(arrays: Sequence[np.ndarray]) -> int:
    """Bytes of all arrays."""
    return sum(array.nbytes for array in arrays)


def _to_json(value: Any, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in KINDS:
            raise TypeError(f"an array of {value.dtype}")
        arrays.append(np.ascontiguousarray(value, value.dtype.newbyteorder("<")))
        return ["array", arrays[-1].dtype.str, list(value.shape)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a mapping with keys that are not text")
        return {key: _to_json(each, arrays) for key, each in value.items()}
    name = type(value).__name__
    if CLASSES.get(name) is type(value):
        return [name, *(_to_json(getattr(value, each), arrays) for each in _fields(type(value)))]
    if isinstance(value, UserError):
        known = next(each.__name__ for each in type(value).__mro__ if ERRORS.get(each.__name__) is each)
        return [known, value.message, value.advice]
    kind = "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
    if kind == "set" and not isinstance(value, Set):
        raise TypeError(f"a {name}")
    return [kind, *(_to_json(each, arrays) for each in value)]


def _from_json(value: Any, arrays: "_Arrays") -> Any:
    if isinstance(value, dict):
        return {key: _from_json(each, arrays) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    kind, *parts = value
    if kind == "array":
        return arrays.take(*parts)
    parts = [_from_json(each, arrays) for each in parts]
    if kind in SEQUENCES:
        return SEQUENCES[kind](parts)
    if kind in ERRORS:
        return ERRORS[kind](*parts)
    fields = _fields(CLASSES[kind])
    if len(parts) != len(fields):
        raise ValueError(f"a {kind} of {len(parts)} fields")
    return CLASSES[kind](**dict(zip(fields, parts, strict=True)))


class _Arrays:
    """The arrays that follow the JSON, one after the other."""

    def __init__(self, values: memoryview) -> None:
        self._values = values

    @property
    def left(self) -> int:
        return len(self._values)

    def take(self, kind: str, shape: list[int]) -> np.ndarray:
        dtype = np.dtype(kind)
        if dtype.kind not in KINDS or not all(isinstance(each, int) and each >= 0 for each in shape):
            raise ValueError(f"an array of {kind}")
        count = int(np.prod(shape, dtype=object))
        used, self._values = self._values[: count * dtype.itemsize], self._values[count * dtype.itemsize :]
        return np.frombuffer(used, dtype, count).reshape(shape).astype(dtype.newbyteorder("="))


@cache
def _fields(of: type) -> tuple[str, ...]:
    return tuple(each.name for each in dataclasses.fields(of))
