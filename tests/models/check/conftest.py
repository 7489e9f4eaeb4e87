"""Fixtures of the official check."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.importing import import_weights
from models.profiles import prepare
from models.weights.store import WeightStore
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.signals import noise


@pytest.fixture(scope="session")
def intact(clamp3_files: Path, tiny_four: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a store with tiny seeded weights of all families, CLaMP 3 converted. Read only."""
    store = WeightStore(tmp_path_factory.mktemp("checked") / "models")
    parts = {
        "clamp3_saas": [clamp3_files / "clamp3.pth"],
        "mert_v1_95m": [clamp3_files / "mert"],
        "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
        "bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"],
        "bs_roformer_4stems": tiny_four,
    }
    import_weights(store, parts)
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
