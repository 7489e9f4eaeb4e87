"""Published profiles: how much each pitch class belongs to a major and to a minor key, from the tonic upwards."""

from collections.abc import Sequence

import numpy as np

PROFILES = {  # name: (major, minor)
    # C. Krumhansl and E. Kessler 1982
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    # D. Temperley 1999
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
    # J. Albrecht and D. Shanahan 2013
    "albrecht": (
        (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
        (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
    ),
    # Á. Faraldo et al. 2016: electronic dance music
    "edma": (
        (1.0, 0.288, 0.502, 0.405, 0.605, 0.561, 0.321, 0.797, 0.316, 0.451, 0.420, 0.389),
        (1.0, 0.310, 0.442, 0.583, 0.326, 0.495, 0.289, 0.780, 0.433, 0.290, 0.533, 0.322),
    ),
    # Á. Faraldo et al. 2017
    "bgate": (
        (1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30),
        (1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23),
    ),
}


FAMILIES = ("albrecht", "edma", "bgate")  # those that agree best with known keys (docs/measuring.md)


def rotations() -> np.ndarray:
    """[24, 12] float64 in the order of `KEYS`: the mean of FAMILIES, each row with mean 0 and norm 1 before."""
    return np.mean([rotations_of(*PROFILES[family]) for family in FAMILIES], axis=0)


def rotations_of(major: Sequence[float], minor: Sequence[float]) -> np.ndarray:
    """[24, 12] float64 in the order of `KEYS`, each row with mean 0 and norm 1."""
    rows = np.array([np.roll(shape, tonic) for shape in (major, minor) for tonic in range(12)])
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
