"""Times of a track and of its passages, and when a stem is present."""

import pytest
import torch

from models.embedder import Passage
from models.passages import join_passages, level_db, stem_info, track_time
from polymuse.music import StemInfo

PASSAGES = [Passage(3, 12), Passage(15, 24)]  # joined: 0 to 9 and 9 to 18


@pytest.mark.parametrize(
    ("excerpt", "is_end", "track"),
    [(0, False, 3), (4, False, 7), (9, False, 15), (9, True, 12), (10, False, 16), (18, True, 24)],
)
def test_times_of_the_excerpt_are_mapped_to_the_track(excerpt: float, is_end: bool, track: float) -> None:
    assert track_time(excerpt, PASSAGES, is_end=is_end) == track


def test_passages_are_joined_in_their_order() -> None:
    waveform = torch.arange(4 * 44_100.0)[None]
    joined = join_passages(waveform, [Passage(0, 1), Passage(2, 9)])  # the second ends with the track
    assert torch.equal(joined, torch.cat([waveform[:, :44_100], waveform[:, 88_200:]], dim=1))


@pytest.mark.parametrize(("level", "mix", "present"), [(-59, -30, True), (-60, -30, False), (-50, -10, False)])
def test_a_stem_60_db_under_full_scale_or_40_under_the_mix_is_silent(level: float, mix: float, present: bool) -> None:
    assert stem_info(level, mix) == StemInfo(level, present)


def test_level_of_a_square_wave_is_that_of_its_height() -> None:
    assert level_db(torch.tensor([[0.1, -0.1], [0.1, -0.1]])) == pytest.approx(-20)
    assert level_db(torch.zeros(2, 8)) == -120
