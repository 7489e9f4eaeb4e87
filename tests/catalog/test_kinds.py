"""The field `kind`: recordings and scores beside each other, over each engine, in exports and in older stores."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.engine import Match
from catalog.exchange import export, read_entries, read_header
from catalog.fields import FIELDS
from catalog.filters import Filter, parse_filter
from catalog.payload import to_payload, to_track
from catalog.query import Query, Text
from polymuse.errors import UserError
from search_api.queries import Terms
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of


def _embedded(texts: Sequence[str]) -> np.ndarray:
    return np.array([[1.0, 0, 0, 0] for _ in texts], np.float32)


KIND = FIELDS["kinds"]
SCORE_FIELDS = {"kind": "score", "duration": 0.0, "format": "midi", "composers": ("Satie",), "titled_by_file": True}


def test_terms_are_read_in_any_case() -> None:
    assert parse_filter("kind:Score") == Filter(kinds=("score",))
    assert KIND.conditions(["score"]) == [Match("kind", ("score",))]
    assert Terms.model_validate({"kinds": ["score"]}).to_filter() == parse_filter("kind:score")
    assert str(parse_filter("-kind:score")) == "-kind:score"


@pytest.mark.parametrize("word", ["midi", "scores", "audio score", "s" * 10_000, "乐谱"])
def test_other_kinds_are_refused_with_the_known_ones(word: str) -> None:
    with pytest.raises(UserError, match="audio and score") as caught:
        parse_filter(f'kind:"{word}"')
    assert len(str(caught.value)) < 300


def test_a_track_without_a_kind_is_audio(entry: MakeEntry) -> None:
    payload = to_payload(entry(1).track, frozenset({"mix"}), 0)
    assert payload.pop("kind") == "audio"
    assert to_track(id_of(1), payload).kind == "audio"


@pytest.mark.parametrize("kind", ["picture", 1, None, ["score"], {}])
def test_an_unknown_kind_is_no_track(kind: object, entry: MakeEntry) -> None:
    payload = to_payload(entry(1).track, frozenset({"mix"}), 0) | {"kind": kind}
    with pytest.raises(TypeError, match="kind is neither audio nor score"):
        to_track(id_of(1), payload)


def test_recordings_and_scores_are_found_together_and_apart(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, vocals=[0, 1, 0, 0]), entry(2, **SCORE_FIELDS), entry(3)])
    assert [track.kind for track in catalog.tracks()] == ["audio", "score", "audio"]
    assert [track.id for track in catalog.tracks(parse_filter("kind:score"))] == [id_of(2)]
    assert [track.id for track in catalog.tracks(parse_filter("kind:audio"))] == [id_of(1), id_of(3)]
    assert [track.id for track in catalog.tracks(parse_filter("-kind:audio"))] == [id_of(2)]
    assert catalog.count(parse_filter("kind:audio kind:score")) == 3
    assert catalog.facets("kind") == {"audio": 2, "score": 1}
    assert catalog.facets("kind", parse_filter("composer:satie")) == {"score": 1}


def test_scores_are_counted_and_add_no_time(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, duration=3600.0), entry(2, **SCORE_FIELDS)])
    stats = catalog.stats()
    assert (stats.tracks, stats.scores, stats.hours) == (2, 1, 1.0)
    catalog.update(replace(catalog.get([id_of(2)])[0], missing_since="2026-01-01T00:00:00+00:00"))
    stats = catalog.stats()
    assert (stats.tracks, stats.scores, stats.missing) == (1, 0, 1)


@pytest.mark.parametrize("options", [{}, {"diversity": 0.5}, {"without_duplicates": True}, {"moments": "locate"}])
def test_queries_find_scores_with_every_option(options: dict, catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, mix=[0.6, 0.8, 0, 0]), entry(2, mix=[0.8, 0.6, 0, 0], **SCORE_FIELDS)])
    hits = catalog.search(Query(texts=(Text("a"),), **options), _embedded)
    assert [hit.track.id for hit in hits] == [id_of(2), id_of(1)]
    assert hits[0].moment is None
    only = Query(texts=(Text("a"),), where=parse_filter("kind:score"), **options)
    found = catalog.search(only, _embedded)
    assert [hit.track.id for hit in found] == [id_of(2)]


def test_exports_carry_the_kind(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1), entry(2, **SCORE_FIELDS)])
    out = io.BytesIO()
    export(catalog, out, lambda _: None)
    lines = out.getvalue().splitlines(keepends=True)
    numbered = iter(lines)
    header = read_header(numbered, "export")
    tracks = [each.track for page in read_entries(numbered, header, "export") for each in page]
    assert tracks == list(catalog.tracks())
    assert (tracks[1].kind, tracks[1].titled_by_file, tracks[1].duration) == ("score", True, 0.0)


@pytest.mark.parametrize(("name", "value"), [("kind", "picture"), ("kind", 7), ("titled_by_file", "yes")])
def test_imports_refuse_what_is_no_kind(name: str, value: object, catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(2, **SCORE_FIELDS)])
    out = io.BytesIO()
    export(catalog, out, lambda _: None)
    header, record, end = (json.loads(line) for line in out.getvalue().splitlines())
    record["track"][name] = value
    lines = iter([json.dumps(each).encode() + b"\n" for each in (header, record, end)])
    read = read_header(lines, "export")
    with pytest.raises(UserError, match=f"{name} is n"):
        list(read_entries(lines, read, "export"))
