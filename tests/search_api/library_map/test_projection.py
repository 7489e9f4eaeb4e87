"""Projection of vectors onto a plane."""

import math

import numpy as np
import pytest

from search_api.library_map.projection import LANDMARKS, choose_landmarks, place_between, project


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


def test_similar_points_are_close_together() -> None:
    vectors = clusters(40)
    points = project(vectors, choose_landmarks(len(vectors)))
    assert of_the_same_kind(points, 40) == 1
    assert points.min() == pytest.approx(0, abs=0.5)
    assert (points.max(axis=0) - points.min(axis=0)).max() == pytest.approx(1)
    assert np.abs(points - 0.5).max() <= 0.5 + 1e-6


def test_the_same_vectors_give_the_same_map() -> None:
    vectors = clusters(20)
    first, second = (project(vectors, choose_landmarks(len(vectors))) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_other_points_are_placed_in_their_cluster() -> None:
    vectors = clusters(60)
    points = project(vectors, np.arange(0, len(vectors), 3))
    assert of_the_same_kind(points, 60) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9, 10, 11])
def test_small_libraries(count: int) -> None:
    vectors = clusters(3)[:count]
    points = project(vectors, choose_landmarks(count))
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()
    assert len({tuple(point) for point in points.tolist()}) == count


@pytest.mark.parametrize("different", [1, 2, 3])
def test_tracks_that_are_all_the_same(different: int) -> None:
    points = project(np.repeat(np.eye(different, 8, dtype=np.float32), 20, axis=0), np.arange(20 * different))
    assert np.isfinite(points).all()


def test_landmarks_are_a_sample() -> None:
    landmarks = choose_landmarks(50_000)
    assert len(landmarks) == len(set(landmarks.tolist())) == LANDMARKS
    assert landmarks.min() >= 0
    assert landmarks.max() < 50_000
    assert abs(landmarks.mean() - 25_000) < 1_500  # five standard deviations of their mean


def test_a_point_is_placed_between_its_nearest_landmarks() -> None:
    landmarks, places = np.eye(2, 3, dtype=np.float32), np.array([[0, 0], [1, 0]], np.float32)
    # Cosines .8 and .4 are squared distances .4 and 1.2, three times as much: weights exp(-1) and exp(-3),
    # of which the second is 1 / (1 + e^2) = .1192 of both.
    vectors = np.array([[0.8, 0.4, math.sqrt(0.2)], [1, 0, 0]], np.float32)
    np.testing.assert_allclose(place_between(vectors, landmarks, places), [[0.1192, 0], [0, 0]], atol=1e-4)
