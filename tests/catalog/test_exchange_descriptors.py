"""Tests for catalog.exchange_descriptors."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.descriptors import MAX_OWN
from catalog.exchange import BadExportError, copy, export, read_entries, read_header, read_own, take_over
from catalog.exchange_descriptors import TakenDescriptors, take_descriptors, to_descriptor_record
from tests.catalog.conftest import connect
from tests.catalog.test_descriptors import WIDE, descriptor, equal, random_bank
from tests.helpers.qdrant_server import FakeQdrant

RAIN = descriptor("rain", own=True, names={"en": "Rain", "zh": "雨"}, voice="absent", stems=("vocals", "mix"))
SEA = replace(random_bank(1)[0], slug="sea", own=True)


def lines_of(catalog: Catalog) -> list[bytes]:
    out = io.BytesIO()
    export(catalog, out, lambda _: None)
    return out.getvalue().splitlines(keepends=True)


def read(lines: list[bytes]) -> list[Any]:
    rest = iter(lines)
    header = read_header(rest, "a.jsonl")
    own = read_own(rest, header, "a.jsonl")
    assert list(read_entries(rest, header, "a.jsonl")) is not None
    return own


def with_own(*own: Any) -> Catalog:
    catalog = Catalog.in_memory(WIDE)
    catalog.put_descriptors(random_bank(4), "1")
    for each in own:
        catalog.put_descriptor(each)
    return catalog


class TestFile:
    def test_those_of_users_come_back_to_the_bit(self) -> None:
        found = read(lines_of(with_own(SEA, RAIN)))
        assert all(map(equal, found, [RAIN, SEA]))
        assert len(found) == 2

    def test_without_any_it_is_as_before(self) -> None:
        header = json.loads(lines_of(with_own())[0])
        assert header["version"] == 1
        assert "descriptors" not in header

    def test_the_layout(self) -> None:
        header, record, end = map(json.loads, lines_of(with_own(RAIN)))
        assert (header["version"], header["descriptors"]) == (2, 1)
        stored = record["descriptor"]
        assert stored.pop("vector").startswith("AACAPwAAAAAA")  # 1 and 0 as float32, little-endian
        assert stored == {
            "slug": "rain",
            "category": "mood",
            "names": {"en": "Rain", "zh": "雨"},
            "prompts": ["rain music"],
            "stems": ["vocals", "mix"],
            "voice": "absent",
        }
        assert end == {"end": {"tracks": 0}}

    def test_texts_are_cleaned(self) -> None:
        record = to_descriptor_record(RAIN)
        record["descriptor"]["names"] = {"en": "Ra\x1b[31min\u202e"}
        record["descriptor"]["prompts"] = ["  rain \n music "]
        [found] = read([_header(1), json.dumps(record).encode(), _END])
        assert (found.names["en"], found.prompts) == ("Ra [31min", ("rain music",))

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"slug": "../x"}, "not a slug"),
            ({"slug": 1}, "slug is not a text"),
            ({"names": ["Rain"]}, "names is not an object"),
            ({"names": {"en": 1}}, "names has something that is not a text"),
            ({"names": {"zh": "雨"}}, "needs an English name"),
            ({"prompts": ["x"] * 65}, "more than 64"),
            ({"vector": "AACAPw=="}, "has 1 numbers, not 24"),
            ({"vector": to_descriptor_record(replace(SEA, vector=SEA.vector * 2))["descriptor"]["vector"]}, "its norm"),
        ],
    )
    def test_a_line_that_makes_no_sense_is_named(self, changed: dict[str, Any], reason: str) -> None:
        record = to_descriptor_record(RAIN)
        good = json.dumps(record).encode()
        record["descriptor"] |= changed
        with pytest.raises(BadExportError, match=f"Line 3: .*{reason}"):
            read([_header(2), good, json.dumps(record).encode(), _END])

    @pytest.mark.parametrize("number", [-1, MAX_OWN + 1, "1", None])
    def test_a_number_that_nobody_has(self, number: object) -> None:
        with pytest.raises(BadExportError, match="descriptors is not a number of descriptors"):
            read([_header(number), _END])

    def test_a_file_that_is_cut_off(self) -> None:
        with pytest.raises(BadExportError, match="Line 2: it is not JSON"):
            read([_header(1)])


class TestTaking:
    def test_what_is_not_there(self) -> None:
        target = with_own()
        assert take_descriptors(target, [RAIN, SEA]) == TakenDescriptors(2)
        assert take_descriptors(target, [RAIN, SEA]) == TakenDescriptors()
        assert all(map(equal, target.own_descriptors(), [RAIN, SEA]))

    def test_what_the_target_has_stays(self) -> None:
        other = replace(RAIN, names={"en": "Mine"})
        target = with_own(other)
        assert take_descriptors(target, [RAIN, replace(SEA, slug="d00001")]) == TakenDescriptors(0, ("rain", "d00001"))
        assert equal(target.descriptors(["rain"])[0], other)
        assert not target.descriptors(["d00001"])[0].own

    def test_always(self) -> None:
        target = with_own(replace(RAIN, names={"en": "Mine"}))
        taken = take_descriptors(target, [RAIN, replace(SEA, slug="d00001")], always=True)
        assert taken == TakenDescriptors(1, ("d00001",))
        assert equal(target.descriptors(["rain"])[0], RAIN)

    def test_a_dry_run_stores_nothing(self) -> None:
        target = with_own()
        assert take_descriptors(target, [RAIN], dry_run=True) == TakenDescriptors(1)
        assert target.own_descriptors() == []

    def test_a_copy_to_a_server_and_back(self) -> None:
        with connect(FakeQdrant(), WIDE) as server, Catalog.in_memory(WIDE) as back:
            assert copy(with_own(RAIN, SEA), server, lambda _: None).descriptors == TakenDescriptors(2)
            copy(server, back, lambda _: None)
            assert all(map(equal, back.own_descriptors(), [RAIN, SEA]))
            assert len(back.descriptors()) == 2  # the bank is written by who indexes there


def test_tracks_after_descriptors_are_numbered_by_line(space: Any, entry: Any) -> None:
    with Catalog.in_memory(space) as catalog:
        catalog.put_descriptor(descriptor("rain", np.array([1, 0, 0, 0], np.float32)))
        catalog.upsert([entry(1)])
        lines = lines_of(catalog)
        rest = iter([*lines[:2], b"{}\n", lines[3]])
        header = read_header(rest, "a.jsonl")
        read_own(rest, header, "a.jsonl")
        with pytest.raises(BadExportError, match=r"Line 3 of a\.jsonl is invalid"):
            take_over(catalog, read_entries(rest, header, "a.jsonl"), lambda _: None)


_END = b'{"end": {"tracks": 0}}\n'


def _header(descriptors: object) -> bytes:
    space = {"name": "wide", "dim": 24, "fingerprint": "d" * 64, "profile": "starter"}
    header = {"format": "polymuse-export", "version": 2, "space": space, "tracks": 0, "descriptors": descriptors}
    return json.dumps(header).encode() + b"\n"
