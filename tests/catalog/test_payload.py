"""What is stored of a track, and the conditions that a filter makes."""

import json
import math
from dataclasses import replace

import pytest

from catalog.engine import AnyOf, Between, Conditions, Contains, Match
from catalog.filters import parse_filter
from catalog.payload import holds_path, rewritten, segment_count, to_conditions, to_payload, to_track
from catalog.track import FileRef, Track
from polymuse.music import StemInfo, Tag
from tests.helpers.ids import id_of

TRACK = Track(
    id=id_of(1),
    files=(FileRef("/music/a/1.ogg", 10, 7, 9, 2049), FileRef("/b/\udcff.ogg", 11, 8)),
    title="The Moon",
    duration=123.4567891,
    format="vorbis",
    artist="BJÖRK",
    album="Post",
    year=1995,
    genres=("Trip Hop", "Pop"),
    composers=("Björk",),
    tags_version=1,
    stems={"vocals": StemInfo(-20.5, True), "drums": StemInfo(-math.inf, False)},
    tags=(Tag("calm", "mood", 0.71), Tag("sad", "mood", 0.2)),
    models={"embedder": "e" * 8},
    indexed_at="2026-11-30T06:00:00+00:00",
)
PAYLOAD = {
    "title": "The Moon",
    "title_key": "the moon",
    "song_keys": ["moon", "mon"],  # and as it sounds
    "artist": "BJÖRK",
    "artists": ["BJÖRK"],
    "artist_key": ["björk"],
    "album": "Post",
    "album_key": "post",
    "genres": ["Trip Hop", "Pop"],
    "composers": ["Björk"],
    "composer_keys": ["björk"],
    "tags_version": 1,
    "genre_keys": ["pop", "trip hop"],
    "year": 1995,
    "duration": 123.456789,
    "seconds": 123,
    "plays": 0,
    "format": "vorbis",
    "models": {"embedder": "eeeeeeee"},
    "indexed_at": "2026-11-30T06:00:00+00:00",
    "added_at": 1_796_018_400,
    "files": [
        {"path": "/music/a/1.ogg", "size": 10, "mtime_ns": 7, "ctime_ns": 9, "device": 2049},
        {"path": "file:///b/%FF.ogg", "size": 11, "mtime_ns": 8},
    ],
    "paths": ["/music/a/1.ogg", "file:///b/%FF.ogg"],
    "under": ["/", "/b", "/music", "/music/a", "/music/a/1.ogg", "file:///b/%FF.ogg"],
    "stems": {"vocals": {"level_db": -20.5, "present": True}, "drums": {"level_db": None, "present": False}},
    "has": ["mix", "vocals"],
    "kind": "audio",
    "segments": 3,
    "tags": [
        {"slug": "calm", "category": "mood", "confidence": 0.71},
        {"slug": "sad", "category": "mood", "confidence": 0.2},
    ],
    "tag_codes": [0xBB891FA8 << 20 | 710_000, 0x9FCFF0BC << 20 | 200_000],  # CRC-32 of the slugs, millionths
    "tags_strong": ["calm"],
}


def test_what_is_stored() -> None:
    payload = to_payload(TRACK, frozenset({"vocals", "mix"}), 3)
    assert payload == PAYLOAD
    assert json.loads(json.dumps(payload)) == PAYLOAD
    assert segment_count(payload) == 3


def test_what_is_read_back() -> None:
    assert to_track(TRACK.id, PAYLOAD) == replace(TRACK, duration=123.456789)


def test_an_earlier_payload_is_rewritten() -> None:
    new = {"artists", "composers", "composer_keys", "tags_version", "song_keys"}
    old = {name: value for name, value in PAYLOAD.items() if name not in new} | {"artist_key": "björk"}
    assert to_track(TRACK.id, old) == replace(TRACK, duration=123.456789, composers=(), tags_version=0)
    assert rewritten(TRACK.id, old).keys() == old.keys() | {"artists", "song_keys"}
    del old["kind"]
    assert rewritten(TRACK.id, old)["kind"] == "audio"


def test_what_a_track_lacks_takes_no_room() -> None:
    bare = Track(id_of(1), (), "", 1.0, "")
    payload = to_payload(bare, frozenset({"mix"}), 0)
    assert payload == {"kind": "audio", "duration": 1.0, "seconds": 1, "plays": 0, "has": ["mix"]}
    assert to_track(bare.id, payload) == bare
    assert segment_count(payload) == 0


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", Conditions()),
        ("artist:BJÖRK artist:b", Conditions(must=(Match("artist_key", ("björk", "b")),))),
        ("title:Moon", Conditions(must=(AnyOf((Contains("title_key", "moon"),)),))),
        ("path:/music/", Conditions(must=(Match("under", ("/music",)),))),
        (
            "year:1995 year:..1990",
            Conditions(must=(AnyOf((Between("year", 1995, 1995), Between("year", None, 1990))),)),
        ),
        ("tag:calm tag:sad", Conditions(must=(Match("tags_strong", ("calm",)), Match("tags_strong", ("sad",))))),
        (
            "tag:calm>0.93",
            Conditions(must=(Between("tag_codes", 0xBB891FA8 << 20 | 930_000, 0xBB891FA8 << 20 | 1_000_000),)),
        ),
        ("has:vocals -has:drums", Conditions(must=(Match("has", ("vocals",)),), must_not=(Match("has", ("drums",)),))),
    ],
)
def test_conditions_of_a_filter(where: str, expected: Conditions) -> None:
    assert to_conditions(parse_filter(where)) == expected


def test_conditions_of_paths() -> None:
    assert holds_path(["/a", "/\udcff"]) == Conditions(must=(Match("paths", ("/a", "file:///%FF")),))
