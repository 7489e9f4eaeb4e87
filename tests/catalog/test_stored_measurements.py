"""What is stored of measurements, and what is refused."""

import math
from typing import Any

import pytest

from catalog.stored_measurements import check, from_json, to_json
from tests.helpers.measured import measured

SILENCE = measured(
    bpm=None,
    bpm_confidence=0.0,
    bpm_other=None,
    first_beat=None,
    key="",
    key_confidence=0.0,
    loudness=None,
    loudness_range=None,
    true_peak=None,
    energy=None,
)


@pytest.mark.parametrize("each", [measured(), SILENCE, measured(version=0), measured(energy=0.0)])
def test_what_is_stored_is_read_back(each: object) -> None:
    assert from_json(to_json(each)) == each  # type: ignore[arg-type]


def test_numbers_have_six_decimals_and_keys_their_usual_name() -> None:
    stored = to_json(measured(bpm=123.4567891, key="A#m"))
    assert (stored["bpm"], stored["key"]) == (123.456789, "Bbm")


def test_silence_takes_no_room() -> None:
    assert to_json(SILENCE) == {"bpm_confidence": 0.0, "key_confidence": 0.0, "version": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"bpm": "120"},
        {"bpm": True},
        {"energy": [0.5]},
        {"key": 8},
        {"version": 1.5},
        {"version": None},
        {"bpm_confidence": None},
    ],
)
def test_values_of_another_type(change: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(change))):
        from_json(to_json(measured()) | change)


@pytest.mark.parametrize("stored", [None, [], "120", 120])
def test_what_is_no_object(stored: object) -> None:
    with pytest.raises(TypeError, match="measured is not an object"):
        from_json(stored)


def test_other_names_are_ignored() -> None:
    assert from_json(to_json(measured()) | {"swing": 0.6}) == measured()


@pytest.mark.parametrize(
    "change",
    [
        {"bpm": math.nan},
        {"bpm": -120.0},
        {"bpm": 1e9},
        {"bpm_confidence": 1.5},
        {"bpm_other": math.inf},
        {"first_beat": -1.0},
        {"key": "H#"},
        {"key": "A" * 1000},
        {"loudness": -math.inf},
        {"loudness_range": -1.0},
        {"true_peak": 1e6},
        {"energy": 2.0},
        {"version": -1},
    ],
)
def test_absurd_values(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(change))} of measured is not") as caught:
        check(measured(**change))
    assert len(str(caught.value)) < 100


def test_a_track_that_was_not_measured_passes() -> None:
    check(None)
