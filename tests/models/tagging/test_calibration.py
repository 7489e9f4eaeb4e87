"""Fits and calibration errors on cases that can be checked by hand."""

import math

import numpy as np
import pytest

from models.tagging.calibration import (
    Bin,
    Pairs,
    auc,
    confidence,
    cross_validated,
    expected_calibration_error,
    fit_platt,
    reliability,
)


def pairs(score, hit, offset=0.0, track=None) -> Pairs:
    score = np.array(score, float)
    numbers = np.arange(len(score)) if track is None else np.array(track)
    return Pairs(score, np.full(len(score), offset), np.array(hit, bool), numbers)


TWO_SCORES = pairs([0, 0, 0, 0, 1, 1, 1, 1], [1, 0, 0, 0, 1, 1, 1, 0])


class TestPlatt:
    """With two scores and two parameters the line meets the mean target at both.

    4 hits and 4 misses: targets 5/6 and 1/6. At score 0 one of four hits, so (5/6 + 3/6) / 4 = 1/3; at 1 it is 2/3.
    """

    def test_meets_the_targets(self) -> None:
        """ln(1/2) at 0 and ln 2 at 1."""
        assert fit_platt(TWO_SCORES) == pytest.approx((2 * math.log(2), -math.log(2)), abs=1e-6)

    def test_offsets_are_not_fitted_again(self) -> None:
        """An offset of 1 that all pairs have moves the intercept by -1."""
        shifted = pairs(TWO_SCORES.score, TWO_SCORES.hit, offset=1.0)
        assert fit_platt(shifted) == pytest.approx((2 * math.log(2), -math.log(2) - 1), abs=1e-6)

    def test_labels_that_are_separated_have_a_finite_slope(self) -> None:
        """Targets 3/4 and 1/4 at scores 1 and -1: ln 3 at 1."""
        assert fit_platt(pairs([-1, -1, 1, 1], [0, 0, 1, 1])) == pytest.approx((math.log(3), 0), abs=1e-6)

    def test_scores_far_away_do_not_throw_it_off(self) -> None:
        slope, intercept = fit_platt(pairs([100, 101, 102, 103] * 5, [0, 0, 1, 1] * 5))
        assert slope > 1
        assert -intercept / slope == pytest.approx(101.5, abs=0.01)

    def test_equal_scores_give_the_frequency(self) -> None:
        line = fit_platt(pairs([0, 0, 0], [1, 0, 0]))
        assert confidence(line, pairs([0], [0]))[0] == pytest.approx((2 / 3 + 2 / 4) / 3, abs=1e-6)


class TestCrossValidation:
    def test_a_track_is_judged_by_the_others(self) -> None:
        """Two tracks, two folds. The other track has a hit and a miss at score 0: targets 2/3 and 1/3, so .5."""
        values = cross_validated(pairs([0, 0, 0, 0], [1, 0, 1, 0], track=[7, 7, 9, 9]))
        assert values == pytest.approx([0.5] * 4, abs=1e-6)

    def test_pairs_of_a_track_stay_together(self) -> None:
        """The first track has hits only. Fitted without it, two misses: (1/4, the target of a miss)."""
        values = cross_validated(pairs([0, 0, 0, 0], [1, 1, 0, 0], track=[1, 1, 2, 2]))
        assert values == pytest.approx([0.25, 0.25, 0.75, 0.75], abs=1e-6)


class TestReliability:
    def test_bins_hold_what_they_should(self) -> None:
        bins = reliability(np.array([0.05, 0.15, 0.10, 1.0, 0.95]), np.array([0, 1, 0, 1, 0], bool))
        assert [each.count for each in bins] == [1, 2, 2]
        assert [each.confidence for each in bins] == pytest.approx([0.05, 0.125, 0.975])
        assert [each.frequency for each in bins] == pytest.approx([0, 0.5, 0.5])

    def test_error_is_the_mean_gap_over_the_pairs(self) -> None:
        """(1 * |0 - .05| + 2 * |.5 - .125| + 2 * |.5 - .975|) / 5 = 1.75 / 5."""
        bins = [Bin(1, 0.05, 0.0), Bin(2, 0.125, 0.5), Bin(2, 0.975, 0.5)]
        assert expected_calibration_error(bins) == pytest.approx(0.35)

    def test_auc_counts_pairs_in_the_right_order(self) -> None:
        """Hits .9, .5 against misses .5, .1: right, right, tie, right = 3.5 of 4."""
        assert auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1, 1, 0, 0], bool)) == 3.5 / 4
