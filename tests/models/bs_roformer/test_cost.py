"""What a network costs, from its sizes."""

from dataclasses import replace

import pytest

from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.cost import bytes_per_chunk, flops_per_chunk, parameters
from tests.helpers.roformers import SMALL

VOCALS = NetworkConfig(
    dim=512, depth=12, stereo=True, time_transformer_depth=1, freq_transformer_depth=1, stft_hop_length=441
)


def test_arithmetic_of_the_vocal_checkpoint() -> None:
    # Counted over the published network by torch's FlopCounterMode: 8.696 TFLOP for 8 s.
    assert flops_per_chunk(VOCALS, 352_800) == pytest.approx(8.696e12, rel=1e-3)


def test_weights_of_the_vocal_checkpoint() -> None:
    assert parameters(VOCALS) == pytest.approx(159_758_092, rel=0.01)


def test_fewer_masks_cost_less() -> None:
    four = replace(VOCALS, num_stems=4)
    assert flops_per_chunk(four, 352_800, masks=1) == flops_per_chunk(VOCALS, 352_800)


@pytest.mark.parametrize(("itemsize", "expected"), [(4, 54_208), (2, 41_536)])
def test_memory_of_a_small_chunk(itemsize: int, expected: int) -> None:
    """160 samples are 11 frames of 4 bands of 16 numbers: 704. At the worst, two of each lie there in float32, one in
    the network's dtype, and the widened tokens, 4 of each, before and after activation: 704 * (2 * 4 + 9 * itemsize).
    The spectra: 4 times 11 frames of 33 bins, complex and stereo, in float32: 4 * 11 * 132 * 4 = 23,232.
    """
    assert bytes_per_chunk(SMALL, 160, itemsize) == expected


def test_weights_of_a_small_network() -> None:
    """A layer: 16 * (4 * 16 + 2) for attention and its gates, 2 * 4 * 16 * 16 for feed-forward: 3,104. There are two.
    The split into bands: 132 * 16 = 2,112. Masks of depth 2: 4 * 16 * 64 in the bands and 64 * 2 * 132: 20,992.
    """
    assert replace(SMALL, mask_estimator_depth=2, mlp_expansion_factor=4) == SMALL
    assert parameters(SMALL) == 2 * 3_104 + 2_112 + 20_992
    assert parameters(SMALL, masks=3) == 2 * 3_104 + 2_112 + 3 * 20_992
