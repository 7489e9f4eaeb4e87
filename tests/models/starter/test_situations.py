"""The head that sentences without names are understood with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.starter.concepts import load_concepts
from models.starter.situations import (
    BUCKETS,
    ENCODED,
    FEATURES,
    HEAD_FILE,
    SHARE,
    SituationsHead,
    features,
    groups_of,
    load_head,
    write_head,
)


def head() -> SituationsHead:
    """Concept "a" is the first number of the encoder, "b" the opposite of it less a half."""
    weights = np.zeros((FEATURES, 2), np.float32)
    weights[0] = 1, -1
    about = np.zeros(ENCODED + 1, np.float32)
    about[0] = 1
    return SituationsHead(("a", "b"), weights, np.array([0, 0.5], np.float32), about, least=0.25)


def unit(number: float) -> np.ndarray:
    return np.array([number, *[0] * (ENCODED - 2), np.sqrt(1 - number**2)], np.float32)


class TestEstimates:
    def test_are_linear(self) -> None:
        assert head().estimates(unit(0.75), "text") == pytest.approx([0.75, -0.25])

    def test_a_situation_is_nearer_to_situations_than_to_other_texts(self) -> None:
        assert head().is_situation(unit(0.6))
        assert not head().is_situation(unit(0.4))


class TestFeatures:
    def test_groups_have_norm_one_and_depend_on_the_text(self) -> None:
        one, same, other = groups_of("rain"), groups_of("rain"), groups_of("snow")
        assert one.shape == (BUCKETS,)
        assert np.linalg.norm(one) == pytest.approx(1)
        assert np.array_equal(one, same)
        assert one @ other < 0.5

    def test_groups_of_a_word_are_those_with_its_edges(self) -> None:
        """ " ab " has the groups " a", "ab", "b ", " ab", "ab ", " ab ": six different ones, each .408 = 1 / √6."""
        groups = groups_of("ab")
        assert sorted(groups[groups > 0]) == pytest.approx([6**-0.5] * 6)

    def test_stand_beside_the_vector(self) -> None:
        row = features(unit(0.5)[None], ["rain"])[0]
        assert row.dtype == np.float32
        assert row[:ENCODED] == pytest.approx(unit(0.5))
        assert np.linalg.norm(row[ENCODED:]) == pytest.approx(SHARE)


class TestFile:
    def test_keeps_the_head_within_a_step_of_eight_bits(self, tmp_path: Path) -> None:
        random = np.random.default_rng(0).standard_normal((FEATURES, 2)).astype(np.float32)
        write_head(replace(head(), weights=random), tmp_path / "head.npz")
        read = load_head(tmp_path / "head.npz")
        assert np.abs(read.weights - random).max() <= np.abs(random).max() / 127 / 2 + 1e-6
        assert (read.slugs, read.least) == (("a", "b"), 0.25)
        assert np.array_equal(read.intercept, head().intercept)
        assert np.array_equal(read.about, head().about)

    def test_shipped_head_knows_the_concepts_and_is_small(self) -> None:
        assert load_head().slugs == load_concepts().slugs
        assert HEAD_FILE.stat().st_size < 1e6
