"""Lists of tracks: their forms."""

import pytest

from catalog.track import FileRef, Track
from cli.track_lists import check_one_form, print_tracks
from polymuse.errors import UserError
from tests.helpers.measured import measured


def track(title: str, **about: object) -> Track:
    return Track(title, (FileRef(f"/{title}.mp3", 1, 1),), title, 1.0, "mp3", **about)  # type: ignore[arg-type]


def test_one_form_at_most() -> None:
    check_one_form(as_json=False, as_m3u=True, as_csv=False)
    with pytest.raises(UserError, match="Only one of"):
        check_one_form(as_json=True, as_m3u=True, as_csv=False)


def test_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_tracks([], as_json=False, as_m3u=False, as_csv=False)
    assert capsys.readouterr().err == "No track matches.\n"


MIXED = [
    track("a", measured=measured(bpm=174.0, key="Am", loudness=-8.0, energy=0.9)),  # 8A
    track("b", measured=measured(bpm=90.0, key="C", loudness=-20.0, energy=0.1)),  # 8B
    track("c", measured=measured(bpm=120.0, key="Am"), tag_bpm=60.0, tag_key="G#m"),  # 1A
    track("d"),
]


def test_tempo_and_key_have_columns_if_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    print_tracks(MIXED, as_json=False, as_m3u=False, as_csv=False)
    heading, first, *_ = capsys.readouterr().out.splitlines()
    assert heading.split() == ["title", "artist", "album", "year", "bpm", "key", "length", "path"]
    assert first.split() == ["a", "174", "Am", "8A", "0:01", "/a.mp3"]
    print_tracks(MIXED[3:], as_json=False, as_m3u=False, as_csv=False)
    assert "bpm" not in capsys.readouterr().out
