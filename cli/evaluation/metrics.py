"""Similarity scores and retrieval metrics, defined as CLaMP 3's own evaluation defines them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from polymuse.errors import UserError

EPSILON = 1e-8  # minimum norm, so that a zero vector has cosine 0 with everything
HIT_RANKS = (1, 10, 100)

Vectors = Mapping[str, np.ndarray]  # key -> [dim] float32, of any norm


@dataclass(frozen=True, slots=True)
class Metrics:
    """Retrieval quality over some queries."""

    queries: int
    mrr: float  # mean of 1 / rank
    hits: Mapping[int, float]  # k -> share of ranks up to k
    median_rank: float


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """a . b / (max(|a|, eps) max(|b|, eps)) in float32."""
    return float(cosines(a[np.newaxis], b[np.newaxis])[0, 0])


def cosines(queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    """[Q, dim], [R, dim] -> [Q, R] float32."""
    return _unit(queries) @ _unit(references).T


def pair_scores(queries: Vectors, references: Vectors) -> dict[str, float]:
    """{key: cosine} for every key that both sides have; two single vectors are a pair regardless of their keys.

    The pairwise score is the mean over these.
    """
    if len(queries) == len(references) == 1:
        [(key, query)], [reference] = queries.items(), references.values()
        return {key: cosine(query, reference)}
    return {key: cosine(queries[key], references[key]) for key in queries if key in references}


def group_score(queries: Vectors, references: Vectors) -> float:
    """Cosine of the mean vectors. The vectors are not normalised before taking the mean."""
    means = [np.mean(np.stack(list(group.values())), axis=0) for group in (queries, references)]
    return cosine(*means)


def check_same_dim(groups: Mapping[str, Vectors]) -> None:
    """Raises UserError if vectors differ in length, which means that they come from different models."""
    dims = {len(vector): f"{name} ({key})" for name, group in groups.items() for key, vector in group.items()}
    if len(dims) > 1:
        examples = ", ".join(f"{dim} values in {where}" for dim, where in sorted(dims.items()))
        raise UserError(f"The vectors differ in length: {examples}", "Compare vectors of the same model")


def best_rank(similarities: np.ndarray, relevant: Sequence[int]) -> int:
    """Rank, from 1, of the best relevant reference, given the similarities [R] of all references.

    Only references that are strictly more similar rank before it, so ties count in favour of the relevant one.
    """
    return 1 + int(np.count_nonzero(similarities > similarities[list(relevant)].max()))


def metrics(ranks: Iterable[int]) -> Metrics:
    """Metrics over the ranks of all queries; at least one rank is required."""
    found = list(ranks)
    return Metrics(
        queries=len(found),
        mrr=statistics.fmean(1 / rank for rank in found),
        hits={k: sum(rank <= k for rank in found) / len(found) for k in HIT_RANKS},
        median_rank=float(statistics.median(found)),
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(EPSILON))
