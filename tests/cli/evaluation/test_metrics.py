"""Scores and metrics on cases worked out by hand."""

import numpy as np
import pytest

from cli.evaluation.metrics import best_rank, check_same_dim, cosine, cosines, group_score, metrics, pair_scores
from cli.evaluation.retrieval import by_language
from polymuse.errors import UserError


def vector(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


class TestCosine:
    def test_of_vectors_of_any_norm(self) -> None:
        # (3, 4) . (8, 6) = 48, norms 5 and 10
        assert cosine(vector(3, 4), vector(8, 6)) == pytest.approx(0.96)

    def test_of_zeros_is_zero(self) -> None:
        assert cosine(vector(0, 0), vector(1, 0)) == 0

    def test_every_query_with_every_reference(self) -> None:
        queries, references = np.stack([vector(2, 0), vector(0, 3)]), np.stack([vector(1, 0), vector(3, 4)])
        np.testing.assert_allclose(cosines(queries, references), [[1, 0.6], [0, 0.8]], atol=1e-6)


class TestPairs:
    def test_pairs_are_those_with_one_key(self) -> None:
        queries = {"a": vector(1, 0), "b": vector(0, 1), "alone": vector(1, 1)}
        references = {"b": vector(3, 4), "a": vector(5, 0), "other": vector(1, 1)}
        assert pair_scores(queries, references) == pytest.approx({"a": 1.0, "b": 0.8})

    def test_two_single_vectors_are_a_pair(self) -> None:
        assert pair_scores({"a": vector(1, 0)}, {"b": vector(3, 4)}) == pytest.approx({"a": 0.6})

    def test_one_vector_and_a_group_pair_by_key(self) -> None:
        assert pair_scores({"a": vector(1, 0)}, {"b": vector(3, 4), "c": vector(1, 0)}) == {}


class TestGroup:
    def test_vectors_are_not_normalised_before_the_mean(self) -> None:
        # mean of (3, 0) and (0, 1) is (1.5, 0.5); with (1, 0) that is 1.5 / sqrt(2.5) = 0.948683.
        # Means of unit vectors would give (0.5, 0.5), and 0.707107
        queries = {"a": vector(3, 0), "b": vector(0, 1)}
        assert group_score(queries, {"c": vector(1, 0)}) == pytest.approx(0.948683, abs=1e-6)

    def test_lengths_must_agree(self) -> None:
        groups = {"one": {"a": vector(1, 0)}, "two": {"b": vector(1, 0, 0)}}
        with pytest.raises(UserError, match=r"2 values in one \(a\), 3 values in two \(b\)"):
            check_same_dim(groups)


class TestRank:
    @pytest.mark.parametrize(
        ("relevant", "rank"),
        [
            ([0], 1),
            ([1], 3),  # 0.9 and 0.7 are nearer; the tie with the third does not count against it
            ([2], 3),
            ([4], 5),
            ([1, 3], 2),  # the best of them counts
        ],
    )
    def test_ties_count_in_favour(self, relevant: list[int], rank: int) -> None:
        assert best_rank(vector(0.9, 0.5, 0.5, 0.7, 0.1), relevant) == rank

    def test_all_equal_is_first(self) -> None:
        assert best_rank(vector(0.5, 0.5, 0.5), [2]) == 1


class TestMetrics:
    def test_of_four_ranks(self) -> None:
        # MRR = (1 + 1/2 + 1/10 + 1/101) / 4 = 0.402475; the median is between 2 and 10
        found = metrics([1, 2, 10, 101])
        assert found.queries == 4
        assert found.mrr == pytest.approx(0.402475, abs=1e-6)
        assert found.hits == {1: 0.25, 10: 0.75, 100: 0.75}
        assert found.median_rank == 6

    def test_rank_100_is_a_hit_at_100_and_rank_11_none_at_10(self) -> None:
        assert metrics([100, 11]).hits == {1: 0, 10: 0, 100: 1}

    def test_per_language_and_over_all(self) -> None:
        # en: (1 + 1/4) / 2; zh: 1/2; all: (1 + 1/4 + 1/2) / 3, which is not the mean over languages
        found = by_language([("en", 1), ("zh", 2), ("en", 4)])
        assert list(found) == ["en", "zh", None]
        assert [each.mrr for each in found.values()] == pytest.approx([0.625, 0.5, 1.75 / 3])
