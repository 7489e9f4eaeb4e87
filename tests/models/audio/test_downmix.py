import numpy as np
import pytest

from models.audio.downmix import stereo_matrix
from tests.helpers.audio_files import LAYOUTS


def test_surround_by_hand() -> None:
    # BS.775: L = FL + 0.7071 FC + 0.7071 BL, and the gains 1 + 2 * 0.7071 = 2.4142 divide it
    left, right = stereo_matrix(LAYOUTS["5.1"])
    np.testing.assert_allclose(left, np.array([1, 0, 0.7071, 0, 0.7071, 0]) / 2.4142, atol=1e-4)
    np.testing.assert_allclose(right, np.array([0, 1, 0.7071, 0, 0, 0.7071]) / 2.4142, atol=1e-4)


@pytest.mark.parametrize("names", [*LAYOUTS.values(), ["NONE"] * 5, ["FL", "LFE", "FC"], ["FL", "BL", "LFE"]])
def test_full_scale_in_all_channels_stays_full_scale(names: list[str]) -> None:
    matrix = stereo_matrix(names)
    assert matrix.shape == (2, len(names))
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-6)


def test_unknown_channels_alternate() -> None:
    np.testing.assert_allclose(stereo_matrix(["NONE"] * 3), [[0.5, 0, 0.5], [0, 1, 0]])


def test_two_channels_are_left_and_right_whatever_their_names() -> None:
    np.testing.assert_array_equal(stereo_matrix(["NONE", "NONE"]), np.eye(2))
