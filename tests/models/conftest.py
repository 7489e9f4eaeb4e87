"""Fixtures for the networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import read_config

TINY = Path(__file__).parents[1] / "golden" / "bs_roformer"  # a checkpoint with random weights


@pytest.fixture(scope="session")
def tiny_four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A BS-RoFormer of four stems with random weights and a smaller expansion factor: checkpoint, configuration."""
    folder = tmp_path_factory.mktemp("four")
    config = folder / "four.yaml"
    config.write_text(
        (TINY / "tiny.yaml")
        .read_text()
        .replace("num_stems: 1", "num_stems: 4\n  mlp_expansion_factor: 2")
        .replace("  - vocals\n  - other", "  - Drums\n  - Bass\n  - Other\n  - Vocals")
        .replace("target_instrument: vocals", "target_instrument: null")
    )
    torch.manual_seed(1)
    torch.save(build_module(read_config(config).network).state_dict(), folder / "four.ckpt")
    return folder / "four.ckpt", config


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """More threads than free processors make a network many times slower; test runs share the machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
