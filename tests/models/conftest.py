"""Fixtures for the networks."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import read_config
from models.importing import import_weights
from models.profiles import PROFILES
from models.weights.manifest import MANIFEST, Download
from models.weights.store import WeightStore
from tests.helpers.paths import TINY_ROFORMER


@pytest.fixture(scope="session")
def tiny_four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A BS-RoFormer of four stems with random weights and a smaller expansion factor: checkpoint, configuration."""
    return _with_stems(tmp_path_factory.mktemp("four"), "Drums", "Bass", "Other", "Vocals")


@pytest.fixture(scope="session")
def tiny_six(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same with six stems."""
    return _with_stems(tmp_path_factory.mktemp("six"), "bass", "drums", "other", "vocals", "guitar", "piano")


def _with_stems(folder: Path, *stems: str) -> tuple[Path, Path]:
    config = folder / f"{folder.name}.yaml"
    config.write_text(
        (TINY_ROFORMER / "tiny.yaml")
        .read_text()
        .replace("num_stems: 1", f"num_stems: {len(stems)}\n  mlp_expansion_factor: 2")
        .replace("  - vocals\n  - other", "\n".join(f"  - {stem}" for stem in stems))
        .replace("target_instrument: vocals", "target_instrument: null")
    )
    torch.manual_seed(1)
    torch.save(build_module(read_config(config).network).state_dict(), config.with_suffix(".ckpt"))
    return config.with_suffix(".ckpt"), config


@pytest.fixture(scope="session")
def tiny_weights(clamp3_files: Path, tiny_four: tuple[Path, Path]) -> dict[str, Sequence[Path]]:
    """Files of tiny seeded weights of CLaMP 3 and of both separators of BS-RoFormer, by their names in the manifest."""
    return {
        "clamp3_saas": [clamp3_files / "clamp3.pth"],
        "mert_v1_95m": [clamp3_files / "mert"],
        "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
        "bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"],
        "bs_roformer_4stems": tiny_four,
    }


@pytest.fixture(scope="session")
def clamp3_store(tiny_weights: dict[str, Sequence[Path]], tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    """Tiny weights of the profile clamp3 and of the four-stem separator."""
    store = WeightStore(tmp_path_factory.mktemp("clamp3-store"))
    import_weights(store, tiny_weights)
    return store


@pytest.fixture(scope="session")
def separator_store(
    tiny_four: tuple[Path, Path], starter_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> WeightStore:
    """All separators: tiny ones with random weights for BS-RoFormer, and Spleeter."""
    store = WeightStore(tmp_path_factory.mktemp("separator-store"))
    vocals = [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]
    fours = dict.fromkeys(("bs_roformer_4stems", "bs_roformer_4stems_ft"), tiny_four)
    import_weights(store, {"bs_roformer_vocals": vocals, **fours})
    (store.root / "starter").symlink_to(starter_weights)
    return store


@pytest.fixture(scope="session")
def starter_store(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    """The real weights of the profile starter, with an initially empty cache."""
    store = WeightStore(tmp_path_factory.mktemp("starter-store"))
    (store.root / "starter").symlink_to(starter_weights)
    return store


@pytest.fixture(scope="session")
def store_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], WeightStore]:
    """The store to test a profile with: the fixture `<profile>_store`, or an empty store if it needs no weights."""

    def store(profile: str) -> WeightStore:
        if not PROFILES[profile].weights:
            return WeightStore(tmp_path_factory.mktemp(profile))
        return request.getfixturevalue(f"{profile}_store")

    return store


@pytest.fixture
def tiny_store(tmp_path: Path) -> WeightStore:
    """A store with the tiny checkpoint in the place of the published one for vocals."""
    manifest = []
    for weights in MANIFEST:
        source = weights.source
        if isinstance(source, Download):  # of other sizes and hashes than those published
            files = tuple(dataclasses.replace(file, size=0, sha256=None) for file in source.files)
            source = dataclasses.replace(source, files=files)
        manifest.append(dataclasses.replace(weights, source=source))
    store = WeightStore(tmp_path / "models", manifest)
    store.import_files("bs_roformer_vocals", [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"])
    return store
