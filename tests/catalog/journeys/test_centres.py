import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.journeys.centres import MIN_CENTRED, Centres, centred, centred_angles
from catalog.store import Space
from tests.catalog.conftest import MakeEntry


def centres(catalog: Catalog) -> Centres:
    return Centres(catalog._storage._engine, 4)  # type: ignore[attr-defined]


def test_the_mean_of_a_stem_is_kept_until_the_library_has_changed(entry: MakeEntry, space: Space) -> None:
    catalog = Catalog.in_memory(space)
    x, y = [1.0, 0, 0, 0], [0, 1.0, 0, 0]
    catalog.upsert([entry(n, mix=x if n % 2 else y, vocals=x) for n in range(MIN_CENTRED)])
    made = centres(catalog)
    assert made.of("mix").tolist() == [0.5, 0.5, 0, 0]
    assert made.of("vocals").tolist() == x
    catalog.upsert([entry(MIN_CENTRED + n, mix=x) for n in range(5)])  # a tenth
    assert made.of("mix").tolist() == [0.5, 0.5, 0, 0]
    catalog.upsert([entry(MIN_CENTRED + n, mix=x) for n in range(5, MIN_CENTRED)])
    assert made.of("mix").tolist() == [0.75, 0.25, 0, 0]


def test_a_small_library_has_no_mean(entry: MakeEntry, space: Space) -> None:
    catalog = Catalog.in_memory(space)
    catalog.upsert([entry(n) for n in range(MIN_CENTRED - 1)])
    assert centres(catalog).of("mix").tolist() == [0, 0, 0, 0]
    assert centres(catalog).of("drums").tolist() == [0, 0, 0, 0]


def test_angles_from_the_centre() -> None:
    vectors = np.array([[1.0, 0], [0, 1.0], [0.6, 0.8]], np.float32)
    centre = np.array([0.5, 0.5], np.float32)  # seen from here the first two are opposite
    angles = centred_angles(vectors, vectors @ vectors.T, centre)
    directions, distances = centred(vectors, centre)
    assert angles[0, 1] == pytest.approx(np.pi, abs=1e-3)
    assert angles[0, 2] == pytest.approx(np.arccos(directions[0] @ directions[2]), abs=1e-3)
    assert distances[:2] == pytest.approx(np.sqrt(0.5))
    assert centred(centre[None], centre)[0].tolist() == [[0, 0]]
