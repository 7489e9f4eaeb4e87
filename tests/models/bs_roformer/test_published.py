"""The published implementation against the outputs of the training repository."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.bs_roformer.published import PublishedRoformer
from tests.helpers.paths import TINY_ROFORMER

CPU = torch.device("cpu")
# The network normalises every band: in nearly silent ones the rounding of a CPU's FFT grows to 4e-5 (seen with MKL and
# AVX-512; 1e-7 with MKL_CBWR=COMPATIBLE). A wrong window, step or border is off by more than 1e-2.
TOLERANCE = 1e-4


@pytest.mark.parametrize("case", ["long_2.6C_keepdc", "short_0.3C_keepdc", "exact_C_keepdc"])
def test_one_mask(case: str) -> None:
    network = PublishedRoformer(TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml", CPU)
    compare(network, TINY_ROFORMER / f"{case}.npz")


def test_four_masks_of_another_expansion_factor() -> None:
    folder = TINY_ROFORMER / "four_stem"
    compare(PublishedRoformer(folder / "small4.ckpt", folder / "small4.yaml", CPU), folder / "short_0.3C_keepdc.npz")


def compare(network: PublishedRoformer, case: Path) -> None:
    with np.load(case) as arrays:
        mix, expected, names, overlap = (arrays[key] for key in ("mix", "stems", "names", "num_overlap"))
        found = network.separate(torch.from_numpy(mix), int(overlap))
        for name, stem in zip(names, expected, strict=True):
            np.testing.assert_allclose(found[str(name).lower()].numpy(), stem, rtol=0, atol=TOLERANCE)
