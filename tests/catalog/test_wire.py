"""Values between processes: everything comes back, and nothing else is taken for a value."""

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from catalog import wire
from catalog.filters import parse_filter
from catalog.query import Audio, Query, Seed, Text
from catalog.storage import CatalogStats, Page, Storage
from catalog.track import Entry, Track
from catalog.validation import InvalidEntryError
from polymuse.errors import BadAudioError, NotFoundError, UserError
from polymuse.music import MIX, Segment, StemInfo, Tag

MakeEntry = Callable[..., Entry]
ARRAY = np.array([[1, 2, 3]], dtype=np.float32)


def sent(value: object) -> Any:
    text, arrays = wire.encode(value)
    return wire.decode(text, memoryview(b"".join(array.tobytes() for array in arrays)))


class TestRoundTrip:
    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            1.5,
            float("inf"),
            2**70,
            "Ä\udcff\U0001f3b5",
            [1, "a", None],
            (1, (2, [])),
            frozenset({"a"}),
            {"list": ["tuple"], "": {}},
            Tag("calm", "mood", 0.25),
            StemInfo(-float("inf"), present=False),
            parse_filter('artist:a year:1990.. tag:calm>0.7 -genre:"b c"'),
            CatalogStats(1, 1, 0.5, {"mix": 1}, 2, 3, 4),
        ],
    )
    def test_of_values(self, value: object) -> None:
        assert sent(value) == value
        assert type(sent(value)) is type(value)

    @pytest.mark.parametrize("dtype", [">f4", "f8", "f2", "i8", "u1"])
    def test_of_arrays(self, dtype: str) -> None:
        found = sent([ARRAY.astype(dtype), ARRAY[:, :0]])
        assert found[0].dtype == np.dtype(dtype).newbyteorder("=")
        assert found[0].tolist() == [[1, 2, 3]]
        assert found[1].shape == (1, 0)

    def test_of_entries(self, entry: MakeEntry) -> None:
        whole = entry(1, vocals=[0, 1, 0, 0], genres=("a",), segments=(Segment(0.0, 1.0, ARRAY[0]),))
        page: Page = sent(Page([whole.track], None))
        found: Entry = sent(whole)
        assert page.tracks == [found.track] == [whole.track]
        assert found.vectors["vocals"].tolist() == [0, 1, 0, 0]
        assert found.segments[0].vector.tolist() == [1, 2, 3]

    def test_of_a_query(self) -> None:
        query = Query(texts=(Text("a", 2.0),), tracks=(Seed("x", stem="mix"),), without_same=frozenset({"album"}))
        assert sent(query) == query
        assert sent(Audio({MIX: ARRAY[0]})).vectors[MIX].tolist() == [1, 2, 3]

    @pytest.mark.parametrize("error", [NotFoundError("a", "b"), InvalidEntryError("a")])
    def test_of_errors(self, error: UserError) -> None:
        assert type(sent(error)) is type(error)
        assert sent(error).args == error.args

    def test_an_error_of_another_package_is_the_nearest_known_one(self) -> None:
        assert type(sent(BadAudioError("a"))) is UserError


@pytest.mark.parametrize("value", [object(), {1: 2}, b"bytes", np.array(["text"]), iter([])])
def test_other_values_are_not_sent(value: object) -> None:
    with pytest.raises(TypeError):
        wire.encode(value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"", b""),
        (b"{", b""),
        (b"\xff", b""),
        (b"[]", b""),
        (b"[[]]", b""),
        (b'["Path", "/"]', b""),
        (b'["Tag", "a"]', b""),
        (b'["Range", 2, 1]', b""),
        (b'["NotFoundError"]', b""),
        (b'["set", {}]', b""),
        (b'["array", "<f4", [1]]', b""),
        (b'["array", "<f4", [-1]]', b"1234"),
        (b'["array", "<f4", [1e300]]', b"1234"),
        (b'["array", "<f4", [99999999999999999999]]', b"1234"),
        (b'["array", "O", [1]]', b"12345678"),
        (b'["array", "nonsense", [1]]', b"1234"),
        (b"null", b"1234"),
        (b"[" * 100_000, b""),
        (b'["list",' * 5000 + b"0" + b"]" * 5000, b""),
    ],
)
def test_anything_else_is_refused(text: bytes, values: bytes) -> None:
    with pytest.raises(ValueError, match="not a message"):
        wire.decode(text, memoryview(values))


def dataclasses_in(annotation: Any) -> set[type]:
    """The dataclasses that a value of this type may contain."""
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        inner = typing.get_type_hints(annotation, localns={"Segment": Segment, "np": np, "Track": Track})
        return {annotation}.union(*(dataclasses_in(each) for name, each in inner.items() if name != "exclude"))
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation):
        return set().union(*map(dataclasses_in, typing.get_args(annotation)))
    return set()


def test_all_that_operations_take_and_return_can_be_sent() -> None:
    operations = [each for name, each in vars(Storage).items() if inspect.isfunction(each) and name[0] != "_"]
    used = [dataclasses_in(hint) for each in operations for hint in typing.get_type_hints(each).values()]
    assert set().union(*used) == set(wire.CLASSES.values())


def test_the_schema_depends_on_the_fields() -> None:
    assert len(wire.schema()) == 16
    assert json.loads(wire.encode(Tag("a", "b", 1.0))[0]) == ["Tag", "a", "b", 1.0]
