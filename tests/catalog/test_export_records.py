"""Each kind of damage to a track of an export is refused in words: with the name of what is wrong, without Python's."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from catalog.export_records import end_of, read_line, to_entry, to_line, to_record
from catalog.track import Entry
from polymuse.music import Segment
from tests.helpers.signals import random_unit

MakeEntry = Callable[..., Entry]


def encoded(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, "<f4").tobytes()).decode()


@pytest.fixture
def record(entry: MakeEntry) -> dict[str, Any]:
    whole = entry(1, mix=random_unit(1), segments=(Segment(0.0, 30.0, random_unit(2)),))
    return json.loads(to_line(to_record(whole)))


def problem(record: dict[str, Any]) -> str:
    """What is wrong with the record, once it has been written and read again."""
    with pytest.raises(ValueError, match=r".") as caught:
        to_entry(read_line(json.dumps(record).encode()), 4)
    assert type(caught.value) is ValueError
    said = str(caught.value)
    assert len(said) < 1500
    assert not re.search(r"[{}]|\bNone\b|Tag\(|object at|indices|__init__|dtype|attribute", said)
    return said


def test_a_record_is_read_as_it_was_written(record: dict[str, Any]) -> None:
    assert to_record(to_entry(record, 4)) == record


@pytest.mark.parametrize(
    ("part", "value", "complaint"),
    [
        ("title", 7, "title is not a text"),
        ("title", ["a"], "title is not a text"),
        ("artist", {"a": "b"}, "artist is neither a text nor"),
        ("genres", [["a"]], "genres is neither a text nor"),
        ("genres", "a", "genres is not a list"),
        ("year", "1990", "year is not a whole number"),
        ("year", 1e300, "year is not a whole number"),
        ("year", 10**30, "10{30} is not a number that can be stored"),
        ("duration", "60", "duration is not a number"),
        ("duration", float("nan"), "NaN is not a number that can be stored"),
        ("duration", float("-inf"), "-Infinity is not a number that can be stored"),
        ("duration", 1e308, "duration is not a number from 0 to 31622400"),
        ("duration", True, "duration is not a number"),
        ("duration", None, "duration is not a number"),
        ("indexed_at", "tomorrow", "indexed_at is not a time"),
        ("indexed_at", 5, "indexed_at is not a text"),
        ("missing_since", "soon", "missing_since is not a time"),
        ("compilation", 3, "compilation is not true or false"),
        ("musicbrainz", {"artist": [7]}, "musicbrainz is not a text"),
        ("replay_gain", {"track_peak": "1"}, "replay_gain is not a number"),
        ("lyrics", [], "lyrics is not a text"),
        ("models", {"embedder": 7}, "models is not a text"),
        ("models", [], "models is not an object"),
        ("format", 7, "format is not a text"),
        ("tags", [7], "slug is missing"),
        ("tags", {"calm": 1}, "tags is not a list"),
        ("tags", [{"slug": "Calm!", "category": "mood", "confidence": 0.5}], "tags has a name with other"),
        ("tags", [{"slug": "calm", "category": "<b>", "confidence": 0.5}], "tags has a name with other"),
        ("tags", [{"slug": "calm", "category": "mood", "confidence": float("inf")}], "Infinity is not a number"),
        ("tags", [{"slug": "calm", "category": "mood", "confidence": 1e300}], "confidence of a tag is not a number"),
        ("stems", {"../../x": {"level_db": -20.0, "present": True}}, "stems has a name with other"),
        ("stems", {"vocals": {"level_db": "1", "present": True}}, "level_db is not a number"),
        ("stems", {"vocals": 7}, "present is missing"),
        ("files", [], "has no file"),
        ("files", 7, "files is not a list"),
        ("files", ["/m"], "path is missing"),
        ("files", [{"path": 1, "size": 1, "mtime_ns": 1}], "path is not a text"),
        ("files", [{"path": "/music/1.ogg", "size": "1", "mtime_ns": 1}], "size is not a number"),
        ("files", [{"path": "/music/1.ogg", "size": 1.5, "mtime_ns": 1}], "size of a file is not a whole number"),
        ("files", [{"path": "/music/1.ogg", "size": 1, "mtime_ns": 1, "device": []}], "device of a file is not"),
        ("files", [{"path": "/m/../etc", "size": 1, "mtime_ns": 1}], "/m/../etc is not an absolute path"),
        ("files", [{"path": "/m/\0", "size": 1, "mtime_ns": 1}], "is not an absolute path"),
        ("files", [{"path": "m" * 100_000, "size": 1, "mtime_ns": 1}], "is not an absolute path"),
        ("files", [{"path": "/m", "size": 1, "mtime_ns": 1}] * 10_001, "files has 10001 entries"),
    ],
)
def test_a_bad_attribute_is_named(record: dict[str, Any], part: str, value: object, complaint: str) -> None:
    record["track"][part] = value
    assert re.search(complaint, problem(record))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": 7}, "id is not a text"),
        ({"id": "7" * 10_000}, "is not a UUID"),
        ({"track": []}, "track is not an object"),
        ({"vectors": {}}, 'no "mix" vector'),
        ({"vectors": 7}, "vectors is not an object"),
        ({"vectors": {"mix": 7}}, "the vector of mix is not base64"),
        ({"vectors": {"mix": "é"}}, "the vector of mix is not base64"),
        ({"vectors": {"mix": encoded(1, 0, 0)}}, "the vector of mix has 3 numbers, not 4"),
        ({"vectors": {"mix": "AAAAAAA="}}, "the vector of mix has 1.25 numbers, not 4"),
        ({"vectors": {"mix": encoded(1, 0, 0, float("nan"))}}, "not finite"),
        ({"vectors": {"mix": encoded(3, 0, 0, 0)}}, "norm is 3, not 1"),
        ({"vectors": {"mix": encoded(1, 0, 0, 0), "a b" * 1000: encoded(1, 0, 0, 0)}}, "is not the name of a stem"),
        ({"segments": [7]}, "start is missing"),
        ({"segments": [{"start": "0", "end": 1, "vector": ""}]}, "start is not a number"),
        ({"segments": [{"start": 3, "end": 2, "vector": ""}]}, "a segment is from 3 to 2 seconds"),
        ({"segments": [{"start": 3, "end": 1e300, "vector": ""}]}, "a segment is from 3 to 1e.300 seconds"),
        ({"segments": [{"start": 0, "end": 1, "vector": ""}]}, "the vector of a segment has 0 numbers, not 4"),
    ],
)
def test_a_bad_part_is_named(record: dict[str, Any], change: dict[str, Any], complaint: str) -> None:
    assert re.search(complaint, problem(record | change))


@pytest.mark.parametrize("name", ["id", "track", "vectors", "segments"])
def test_a_missing_part_is_named(record: dict[str, Any], name: str) -> None:
    del record[name]
    assert problem(record) == f"{name} is missing"


@pytest.mark.parametrize("line", [b"", b"\xff\xfe\n", b"{", b"[" * 100_000])
def test_a_line_that_is_not_json(line: bytes) -> None:
    with pytest.raises(ValueError, match="it is not JSON"):
        read_line(line)


def test_a_line_that_is_no_object() -> None:
    with pytest.raises(ValueError, match="it is not an object"):
        read_line(b"[]")


@pytest.mark.parametrize("number", [b"1e999", b"1" * 5000, b"-" + b"9" * 21])
def test_a_number_beyond_all_numbers(number: bytes) -> None:
    with pytest.raises(ValueError, match="is not a number that can be stored"):
        read_line(b'{"a": ' + number + b"}")


def test_the_last_line_has_the_number_of_tracks() -> None:
    assert end_of({"end": {"tracks": 7}}) == 7
    assert end_of({"id": "a"}) is None
    for end in ({"end": 7}, {"end": {}}, {"end": {"tracks": True}}, {"end": {"tracks": -1}}):
        with pytest.raises(ValueError, match=r"end is not an object|tracks is not a number of tracks"):
            end_of(end)
