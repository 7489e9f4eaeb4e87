"""Distances whose values are known."""

import math

import pytest
import torch

from models.check.measure import STEMS, VECTORS, Limit, compare_stems, compare_vectors
from models.runtime.precision import Precision


def test_every_precision_has_limits() -> None:
    assert set(VECTORS) == set(STEMS) == set(Precision)


class TestVectors:
    def test_the_difference_is_a_share_of_the_rms(self) -> None:
        """(3, 4) has the RMS sqrt(12.5); 1 of it; the cosine of (3, 4) and (3, 5) is 29 / (5 sqrt(34))."""
        measured = compare_vectors([torch.tensor([3.0, 4.0])], [torch.tensor([3.0, 5.0])])
        assert measured.difference == pytest.approx(1 / math.sqrt(12.5))
        assert measured.cosine == pytest.approx(29 / (5 * math.sqrt(34)))

    def test_the_worst_pair_counts(self) -> None:
        same, other = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
        measured = compare_vectors([same, same, same], [same, other, same])
        assert measured.cosine == 0

    def test_other_shapes_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"published output is \[2\], ours \[3\]"):
            compare_vectors([torch.ones(2)], [torch.ones(3)])


class TestStems:
    def test_an_error_of_a_tenth_is_20_db(self) -> None:
        stem = torch.ones(2, 100)
        measured = compare_stems([stem], [1.1 * stem], [stem])
        assert measured.snr == pytest.approx(20, abs=1e-4)

    def test_a_quiet_stem_is_measured_against_the_mix(self) -> None:
        """A silent stem counts as one of -20 dB: an error at -60 dB of the mix is 40 dB below it."""
        mix, silence = torch.ones(2, 100), torch.zeros(2, 100)
        measured = compare_stems([silence], [0.001 * mix], [mix])
        assert measured.snr == pytest.approx(40, abs=1e-4)

    def test_no_error_has_no_ratio_and_is_within_every_limit(self) -> None:
        stem = torch.ones(2, 100)
        measured = compare_stems([stem], [stem], [stem])
        assert measured.snr is None
        assert Limit(snr=1000).holds(measured)


@pytest.mark.parametrize("limit", [*VECTORS.values(), *STEMS.values()])
def test_what_is_not_finite_is_within_no_limit(limit: Limit) -> None:
    mix = torch.ones(2, 4)
    broken = mix.clone()
    broken[0, 1] = math.nan
    measured = compare_stems([mix], [broken], [mix])
    assert not limit.holds(measured)
