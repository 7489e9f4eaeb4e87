"""Tempo, key, loudness and energy in tables and for programs."""

from dataclasses import asdict

from cli.measured import MEASURED_FIELDS, from_dict, measured_dict, rows, subject, values
from indexer.file_tags import TagInfo
from tests.helpers.measured import measured

FOUND = measured(bpm=119.96, loudness=-14.04, energy=0.499)


def test_what_is_measured() -> None:
    track = subject(TagInfo("A"), FOUND)
    assert dict(zip(MEASURED_FIELDS, values(track), strict=True)) == {
        "bpm": 120.0,
        "bpm_source": "measured",
        "key": "Am",
        "key_source": "measured",
        "camelot": "8A",
        "loudness": -14.0,
        "energy": 0.5,
    }
    assert measured_dict(track)["measured"] == asdict(FOUND)
    assert dict(rows(track)) == {
        "tempo": "120.0 BPM (measured, confidence 0.80)",
        "tempo, other level": "60.0 BPM",
        "first beat": "0.25 s",
        "key": "Am, Camelot 8A (measured, confidence 0.70)",
        "loudness": "-14.0 LUFS",
        "loudness range": "6.0 LU",
        "true peak": "-1.0 dBTP",
        "energy": "0.50 from 0 to 1",
    }


def test_the_tags_of_a_file_are_told_apart() -> None:
    shown = dict(rows(subject(TagInfo("A", tag_bpm=90.0, tag_key="4A"), FOUND)))
    assert shown["tempo"] == "90.0 BPM (file tag)"
    assert shown["tempo, measured"] == "120.0 BPM (confidence 0.80)"
    assert shown["key"] == "Fm, Camelot 4A (file tag)"
    assert shown["key, measured"] == "Am (confidence 0.70)"


def test_a_track_that_was_not_measured() -> None:
    track = subject(TagInfo("A"), None)
    assert rows(track) == []
    assert set(values(track)) == {""}
    assert measured_dict(track)["measured"] is None
    assert rows(subject(TagInfo("A", tag_bpm=90.0), None)) == [("tempo", "90.0 BPM (file tag)")]


def test_silence() -> None:
    nothing = measured(
        bpm=None,
        bpm_other=None,
        first_beat=None,
        key="",
        loudness=None,
        loudness_range=None,
        true_peak=None,
        energy=None,
    )
    assert rows(subject(TagInfo("A"), nothing)) == []


def test_what_is_shown_is_read_back() -> None:
    for tags in (TagInfo("A"), TagInfo("A", tag_bpm=90.0, tag_key="H")):
        track = subject(tags, measured())
        assert rows(from_dict(measured_dict(track))) == rows(track)
