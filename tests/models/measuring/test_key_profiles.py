"""The profiles of all keys."""

import numpy as np
import pytest

from models.measuring.key_profiles import PROFILES, rotations_of
from polymuse.music import KEYS


@pytest.mark.parametrize("profile", PROFILES)
def test_each_key_is_the_profile_from_its_tonic(profile: str) -> None:
    rows = rotations_of(*PROFILES[profile])

    major, minor = PROFILES[profile]
    assert np.corrcoef(np.roll(rows[KEYS.index("D")], -2), major)[0, 1] == pytest.approx(1)
    assert np.corrcoef(np.roll(rows[KEYS.index("Bbm")], -10), minor)[0, 1] == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    np.testing.assert_allclose(rows.sum(axis=1), 0, atol=1e-12)
