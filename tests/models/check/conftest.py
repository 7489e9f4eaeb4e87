"""Fixtures of the official check."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.importing import import_weights
from models.profiles import prepare
from models.weights.store import WeightStore
from tests.helpers.signals import noise


@pytest.fixture(scope="session")
def intact(tiny_weights: dict[str, Sequence[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a store with tiny seeded weights of all families, CLaMP 3 converted. Read only."""
    store = WeightStore(tmp_path_factory.mktemp("checked") / "models")
    import_weights(store, tiny_weights)
    prepare(store)
    return store.root


@pytest.fixture
def store(intact: Path, tmp_path: Path) -> WeightStore:
    """The same, to be changed."""
    shutil.copytree(intact, tmp_path / "models")
    return WeightStore(tmp_path / "models")


@pytest.fixture(scope="session")
def clip() -> Tensor:
    """A second and a half of a tone in noise, [2, N] at 44.1 kHz."""
    time = torch.arange(66_150) / 44_100
    return 0.2 * torch.sin(2 * torch.pi * 220 * time) + noise(2, len(time))
