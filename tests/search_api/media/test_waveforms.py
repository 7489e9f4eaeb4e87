"""Reduction of levels to a fixed number of peaks."""

import numpy as np

from search_api.media.waveforms import reduced


def test_few_levels_are_repeated() -> None:
    assert reduced(np.array([0.1, 0.7]), 4) == [0.1, 0.1, 0.7, 0.7]


def test_many_levels_are_reduced_to_maxima() -> None:
    # 5 levels in 2 parts: the first two, the last three
    assert reduced(np.array([0.1, 0.2, 0.0, 0.9, 0.3]), 2) == [0.2, 0.9]
