import math
from dataclasses import fields, replace
from typing import Any

import pytest

from catalog.foreign_tracks import MAX_FILES, cleaned
from catalog.track import FileRef, Track
from polymuse.music import StemInfo, Tag
from tests.helpers.measured import measured

TRACK = Track("id", (FileRef("/music/a.ogg", 1, 2),), "Title", 60.0, "vorbis", artist="A")


def test_what_was_read_from_files_stays_as_it_is() -> None:
    full = replace(
        TRACK,
        stems={"vocals": StemInfo(float("-inf"), present=False)},
        tags=(Tag("calm", "mood", 0.5),),
        replay_gain={"track_gain_db": -7},
        indexed_at="2026-11-22T10:00:00+00:00",
        year=1990,
        lyrics="[00:01.00] a\n\nb",
    )
    assert cleaned(full) == full


@pytest.mark.parametrize("name", [each.name for each in fields(Track) if each.type == "str" and each.name != "id"])
def test_each_text_is_cleaned_or_refused(name: str) -> None:
    hostile = replace(TRACK, **{name: "a\x1b]0;x\x07" + "b" * 100_000})
    try:
        text = getattr(cleaned(hostile), name)
    except ValueError:
        assert name in ("indexed_at", "added_before", "missing_since")
    else:
        assert len(text) <= 20_000
        assert text.isprintable()


@pytest.mark.parametrize("each", fields(Track), ids=lambda each: each.name)
def test_a_value_of_another_type_is_refused(each: object) -> None:
    name = getattr(each, "name")  # noqa: B009
    if name in ("id", "files", "tags"):  # made by `to_track` from objects
        return
    with pytest.raises((ValueError, AttributeError)):
        cleaned(replace(TRACK, **{name: object()}))


def test_lists_are_bounded() -> None:
    assert len(cleaned(replace(TRACK, genres=tuple(map(str, range(5000))))).genres) == 100


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"files": TRACK.files * (MAX_FILES + 1)}, "files has 10001 entries, more than 10000"),
        ({"tags": (Tag("calm", "mood", 0.5),) * 1001}, "tags has 1001 entries"),
        ({"stems": {f"s{n}": StemInfo(-20.0, present=True) for n in range(101)}}, "stems has 101 entries"),
        ({"duration": 1e308}, "duration is not a number from 0 to"),
        ({"duration": math.nan}, "duration is not a number"),
        ({"duration": 10**400}, "duration is not a number"),
        ({"tag_bpm": 1e300}, "tag_bpm is not a number"),
        ({"replay_gain": {"track_peak": 1e300}}, "replay_gain is not a number"),
        ({"stems": {"vocals": StemInfo(math.nan, present=True)}}, "level_db of a stem"),
        ({"tags": (Tag("calm", "mood", math.inf),)}, "confidence of a tag is not a number from 0 to 1"),
        ({"year": -1}, "year is not a whole number from 0 to 9999"),
        ({"track_number": 10**30}, "track_number is not a whole number"),
        ({"files": (FileRef("/a", -1, 2),)}, "size of a file"),
        ({"files": (FileRef("/a", 1, 2, device=1 << 64),)}, "device of a file"),
        ({"measured": measured(bpm=1e300)}, "bpm of measured is not a number from 10 to 1000"),
        ({"measured": measured(loudness=math.nan)}, "loudness of measured is not a number"),
        ({"measured": measured(key="A" * 1000)}, "key of measured is not a key"),
        ({"indexed_at": "2026-01-01"}, "indexed_at is not a time with a time zone"),
    ],
)
def test_more_than_a_file_can_have_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        cleaned(replace(TRACK, **change))
