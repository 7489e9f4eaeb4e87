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
    LARGEST,
    SHARE,
    KnownSituations,
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
    return SituationsHead(("a", "b"), weights, np.array([0, 0.5], np.float32), known(), about, least=0.25)


def known() -> KnownSituations:
    """Two opposite situations, told apart by the first number of the encoder."""
    projection = np.zeros((ENCODED, 2), np.float32)
    projection[0, 0] = projection[-1, 1] = 1
    places = np.array([[1, 0], [-1, 0]], np.float32)
    return KnownSituations(np.zeros(ENCODED, np.float32), projection, places, np.array([[1, 0], [0, 1.5]], np.float32))


def unit(number: float) -> np.ndarray:
    return np.array([number, *[0] * (ENCODED - 2), np.sqrt(1 - number**2)], np.float32)


class TestEstimates:
    def test_average_the_linear_one_and_that_by_known_situations(self) -> None:
        """The linear one is (.8, -.3). The cosines .8 and -.8 are 1.6 / .06 = 27 apart, so only the first one counts.

        .4 * .8 + .6 * 1 = .92 and .4 * -.3 + .6 * 0 = -.12.
        """
        assert head().estimates(unit(0.8), "text") == pytest.approx([0.92, -0.12], abs=1e-6)

    def test_equally_near_situations_count_alike(self) -> None:
        assert known().estimates(unit(0)[None])[0] == pytest.approx([0.5, 0.75])

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
        assert np.array_equal(read.known.projection, known().projection)
        assert np.array_equal(read.known.places, known().places)
        assert np.abs(read.known.values - known().values).max() <= LARGEST / 127 / 2 + 1e-6

    def test_shipped_head_knows_the_concepts_and_is_small(self) -> None:
        assert load_head().slugs == load_concepts().slugs
        assert HEAD_FILE.stat().st_size < 1e6
