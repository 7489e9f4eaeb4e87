from dataclasses import fields, replace

import pytest

from catalog.foreign_tracks import MAX_FILES, cleaned
from catalog.track import FileRef, Track
from polymuse.music import StemInfo, Tag

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
        assert name in ("indexed_at", "missing_since")
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
    many = replace(TRACK, files=TRACK.files * 5000, genres=tuple(map(str, range(5000))))
    assert len(cleaned(many).files) == MAX_FILES
    assert len(cleaned(many).genres) == 100
