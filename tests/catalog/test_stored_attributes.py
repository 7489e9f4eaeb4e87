"""Attributes of a track that are stored unchanged."""

import json
from dataclasses import replace
from typing import Any

import pytest

from catalog.stored_attributes import from_stored, to_stored
from catalog.track import Track
from tests.helpers.ids import id_of

BARE = Track(id_of(1), (), "Under Pressure", 248.0, "flac")
STORED = {
    "missing_since": "2026-11-30T06:00:00+00:00",
    "compilation": True,
    "musicbrainz": {"artist": ["a1", "a2"], "release": ["r1"]},
    "tag_bpm": 113.5,
    "tag_key": "D",
    "replay_gain": {"track_gain_db": -7.25, "track_peak": 1},
    "lyrics": "[00:12.00]Pressure\n[00:14.00]Pushing down",
    "comment": "remastered",
    "tags_version": 1,
}


def test_what_is_stored_is_read_back() -> None:
    track = replace(BARE, **from_stored(STORED))
    assert (track.musicbrainz["artist"], track.replay_gain["track_peak"]) == (("a1", "a2"), 1)
    assert to_stored(track) == STORED
    assert json.loads(json.dumps(to_stored(track))) == STORED


def test_a_payload_of_an_earlier_version_has_none() -> None:
    assert from_stored({"title": "Under Pressure"}) == to_stored(BARE) == {}


def test_texts_can_be_stored_as_utf_8() -> None:
    assert to_stored(replace(BARE, comment="a\udcffb", lyrics="\ud83d")) == {"comment": "a�b", "lyrics": "�"}


@pytest.mark.parametrize(
    "payload",
    [
        {"tag_bpm": "113"},
        {"compilation": 2},
        {"musicbrainz": ["a1"]},
        {"musicbrainz": {"artist": "a1"}},
        {"replay_gain": {"track_peak": None}},
        {"lyrics": 5},
    ],
)
def test_values_of_another_type(payload: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(payload))):
        from_stored(payload)
