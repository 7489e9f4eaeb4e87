"""How the situations head is fitted and measured."""

import numpy as np
import pytest

from benchmarks.train_situations import LEAST, PENALTY, discriminants, quality, solve, target
from models.starter.situations import ENCODED


def test_targets_are_further_from_zero_than_weights() -> None:
    """.5 is added to wanted ones and taken from wrong ones; what a family says nothing of stays 0."""
    assert target(np.array([1, 0.4, 0, -0.6, -1], np.float32)) == pytest.approx([1.5, 0.9, 0, -1.1, -1.5])


class TestQuality:
    def test_looks_at_the_best_three(self) -> None:
        """First sentence: best wanted. Second: best says nothing, third wanted, second wrong but not rejected.

        Third: only the rejected one is above the least estimate.
        """
        found = np.array([[0.9, 0.8, 0.7, 0.6], [0.9, 0.8, 0.7, 0.6], [0.9, 0.1, 0.1, 0.1]])
        weights = np.array([[1, 0, 0, -1], [0, -0.6, 0.5, -1], [-1, 1, 1, 1]])
        assert 0.1 < LEAST < 0.6
        assert quality(found, weights) == pytest.approx((100 / 3, 200 / 3, 200 / 3, 100 / 3))


class TestDiscriminants:
    def test_prefer_where_families_differ_and_translations_do_not(self) -> None:
        """Families differ as much in the first number as in the second, where translations differ a lot too."""
        random = np.random.default_rng(0)
        within = 0.01 * random.standard_normal((200, ENCODED))
        within[:, 1] = random.standard_normal(200)
        between = np.zeros((40, ENCODED))
        between[:20, 0] = between[20:, 1] = random.standard_normal(20)
        first = discriminants(within, between)[:, 0]
        assert np.abs(first).argmax() == 0
        assert abs(first[0]) > 5 * abs(first[1])


def test_ridge_shrinks_weights_and_not_the_intercept() -> None:
    """x is -1 and 1, y is 4 and 6, each 50 times: x·x = 100, x·y = 100, so the weight is 100 / (100 + penalty)."""
    x, y = np.repeat([-1.0, 1.0], 50)[:, None], np.repeat([4.0, 6.0], 50)[:, None]
    weights, intercept = solve(100, x.sum(0), y.sum(0), x.T @ x, x.T @ y)
    assert weights == pytest.approx(np.array([[100 / (100 + PENALTY)]]))
    assert intercept == pytest.approx([5])
