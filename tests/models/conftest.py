"""Fixtures for the networks."""

from pathlib import Path

import pytest
import torch

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import read_config
from tests.helpers.paths import TINY_ROFORMER


@pytest.fixture(scope="session")
def tiny_four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A BS-RoFormer of four stems with random weights and a smaller expansion factor: checkpoint, configuration."""
    folder = tmp_path_factory.mktemp("four")
    config = folder / "four.yaml"
    config.write_text(
        (TINY_ROFORMER / "tiny.yaml")
        .read_text()
        .replace("num_stems: 1", "num_stems: 4\n  mlp_expansion_factor: 2")
        .replace("  - vocals\n  - other", "  - Drums\n  - Bass\n  - Other\n  - Vocals")
        .replace("target_instrument: vocals", "target_instrument: null")
    )
    torch.manual_seed(1)
    torch.save(build_module(read_config(config).network).state_dict(), folder / "four.ckpt")
    return folder / "four.ckpt", config
