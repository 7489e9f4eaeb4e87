"""Paths through costs that can be worked out by hand, and against all paths there are."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from catalog.journeys.paths import END, START, Quota, cheapest_path, costs_to_go

PLACES = np.array([0.0, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0])  # of the start, the end and five rows between them


def costs(places: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.square(places[:, None] - places).astype(np.float32)
    np.fill_diagonal(edges, np.inf)
    return edges, np.zeros((count, len(places)), np.float32)


def path(places: np.ndarray, count: int, *quotas: Quota) -> list[int] | None:
    edges, nodes = costs(places, count)
    return cheapest_path(edges, nodes, costs_to_go(edges, nodes), quotas)


def test_even_steps_are_the_cheapest() -> None:
    assert path(PLACES, 7) == [START, 2, 3, 4, 5, 6, END]
    assert path(PLACES, 4) == [START, 3, 5, END]  # 0, 2, 4, 6
    assert path(PLACES, 3) == [START, 4, END]  # 0, 3, 6


def test_nodes_cost_as_well() -> None:
    edges, nodes = costs(PLACES, 3)
    nodes[1, 4] = 100.0
    assert cheapest_path(edges, nodes, costs_to_go(edges, nodes)) in ([START, 3, END], [START, 5, END])


def test_a_key_is_used_no_more_often_than_allowed() -> None:
    keys = [(0,), (1,), (2,), (3,), (3,), (3,), (4,)]  # rows 3, 4 and 5 are by one artist, at 2, 3 and 4
    assert path(PLACES, 4, Quota(keys, 1)) in ([START, 2, 5, END], [START, 3, 6, END])  # the steps are 1 3 2, or 2 3 1
    assert path(PLACES, 4, Quota(keys, 2)) == [START, 3, 5, END]
    assert path(PLACES, 4, Quota(keys, 0)) == [START, 3, 5, END]
    assert path(PLACES, 7, Quota(keys, 1)) is None


def test_the_ends_count() -> None:
    keys = [(0,), (1,), (0,), (1,), (), (0, 1), ()]
    assert path(PLACES, 4, Quota(keys, 1)) == [START, 4, 6, END]
    assert path(PLACES, 5, Quota(keys, 1)) is None


def test_room_is_never_less_than_what_fits() -> None:
    keys = [(0,), (1,), (0,), (1,), (), (0, 1), (2,)]
    assert Quota(keys, 1).room() == 2  # row 4 without a key, and row 6
    assert Quota(keys, 2).room() == 4  # and one more of key 0 and of key 1
    assert Quota(keys, 0).room() >= 5


def test_without_quotas_every_row_can_be_used() -> None:
    found = path(np.zeros(40), 40)
    assert found is not None
    assert sorted(found) == list(range(40))


@pytest.mark.parametrize("seed", range(5))
def test_the_beam_finds_the_best_of_all_paths(seed: int) -> None:
    random = np.random.default_rng(seed)
    edges = random.random((7, 7)).astype(np.float32)
    np.fill_diagonal(edges, np.inf)
    nodes = random.random((5, 7)).astype(np.float32)

    def cost(inner: tuple[int, ...]) -> float:
        rows = (START, *inner, END)
        steps = sum(edges[a, b] for a, b in pairwise(rows))
        return float(steps + sum(nodes[k, row] for k, row in enumerate(inner, start=1)))

    best = min(permutations(range(2, 7), 3), key=cost)
    assert cheapest_path(edges, nodes, costs_to_go(edges, nodes)) == [START, *best, END]
