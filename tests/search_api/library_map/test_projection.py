"""Projection of vectors onto a plane."""

import math

import numpy as np
import pytest

from search_api.library_map import projection
from search_api.library_map.projection import choose, place_between, principal, project


def clusters(each: int, count: int = 4, dim: int = 32) -> np.ndarray:
    """[each * count, dim]: `count` directions at right angles, each with noise of 0.3 of its length."""
    noise = np.random.default_rng(0).normal(size=(each * count, dim))
    vectors = np.repeat(np.eye(count, dim), each, axis=0) + 0.3 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def of_the_same_kind(points: np.ndarray, each: int) -> float:
    """The share of points whose nearest neighbour belongs to the same cluster."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(distances.argmin(axis=1) // each == np.arange(len(points)) // each))


def moved(before: np.ndarray, after: np.ndarray) -> float:
    """The median distance between two positions of a point."""
    return float(np.median(np.linalg.norm(before - after, axis=1)))


def test_similar_points_are_close_together() -> None:
    points = project(clusters(40)).positions
    assert of_the_same_kind(points, 40) == 1
    assert points.min() == pytest.approx(0, abs=0.5)
    assert (points.max(axis=0) - points.min(axis=0)).max() == pytest.approx(1)
    assert np.abs(points - 0.5).max() <= 0.5 + 1e-6


def test_neighbours_along_a_line_stay_neighbours() -> None:
    """Points at equal steps around a circle in space: the two nearest of each are those beside it."""
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = np.zeros((200, 24), np.float32)
    circle[:, 3], circle[:, 17] = np.cos(angles), np.sin(angles)
    points = project(circle).positions
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    beside = [set(np.argsort(row)[:10]) for row in distances]
    kept = [len(beside[i] & {(i + step) % 200 for step in range(-5, 6)}) / 10 for i in range(200)]
    assert np.mean(kept) > 0.8  # of the ten nearest, five on each side; on a random map one in twenty


def test_the_same_vectors_give_the_same_map() -> None:
    vectors = clusters(20)
    np.testing.assert_array_equal(project(vectors).positions, project(vectors).positions)


def test_a_map_that_grows_can_be_recognised() -> None:
    vectors = np.random.default_rng(1).permutation(clusters(50))
    before = project(vectors[:180])
    start = np.full((200, 2), np.nan, np.float32)
    start[:180] = before.positions
    after = project(vectors, start, before.span)
    assert np.isfinite(after.positions).all()
    assert moved(before.positions, after.positions[:180]) < 0.1
    fresh = project(vectors)
    assert moved(before.positions, after.positions[:180]) < 0.5 * moved(before.positions, fresh.positions[:180])
    distances = np.linalg.norm(after.positions[180:, None] - after.positions[None, :180], axis=2)
    alike = (vectors[180:] @ vectors[:180].T)[np.arange(20), distances.argmin(axis=1)]
    assert alike.min() > 0.5  # each new point is beside one of its own cluster; those of others are at right angles


def test_of_a_large_library_a_sample_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "LAID_OUT", 80)
    vectors = clusters(60)
    assert of_the_same_kind(project(vectors).positions, 60) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9, 10, 12, 18, 40, 100])
def test_small_libraries(count: int) -> None:
    points = project(clusters(25)[:count]).positions
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert len({tuple(point) for point in points.round(4).tolist()}) == count  # they do not collapse


@pytest.mark.parametrize("different", [1, 2, 3])
def test_tracks_that_are_all_the_same(different: int) -> None:
    points = project(np.repeat(np.eye(different, 8, dtype=np.float32), 20, axis=0)).positions
    assert np.isfinite(points).all()


def test_a_choice_is_a_sample() -> None:
    chosen = choose(50_000, 3000)
    assert len(chosen) == len(set(chosen.tolist())) == 3000
    assert chosen.min() >= 0
    assert chosen.max() < 50_000
    assert abs(chosen.mean() - 25_000) < 1_500  # five standard deviations of their mean


def test_principal_components_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clusters(10)
    whole = principal(vectors, 3)
    np.testing.assert_allclose(
        np.square(np.linalg.svd(vectors - vectors.mean(axis=0))[1][:3]), (whole**2).sum(axis=0), rtol=1e-4
    )
    monkeypatch.setattr(projection, "BLOCK_BYTES", 1000)
    np.testing.assert_allclose(principal(vectors, 3), whole, atol=1e-5)


def test_a_point_is_placed_between_its_nearest_landmarks() -> None:
    landmarks, places = np.eye(2, 3, dtype=np.float32), np.array([[0, 0], [1, 0]], np.float32)
    # Cosines .8 and .4 are squared distances .4 and 1.2, three times as much: weights exp(-1) and exp(-3),
    # of which the second is 1 / (1 + e^2) = .1192 of both.
    vectors = np.array([[0.8, 0.4, math.sqrt(0.2)], [1, 0, 0]], np.float32)
    np.testing.assert_allclose(place_between(vectors, landmarks, places), [[0.1192, 0], [0, 0]], atol=1e-4)
