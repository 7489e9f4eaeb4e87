"""The choice of the backend."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.local import open_backend
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.home import Home


@pytest.fixture
def recipe(tiny_clamp3_home: Path) -> Recipe:
    separation = SeparationSpec(("vocals", "instrumental"))
    return Recipe(Home(tiny_clamp3_home), "clamp3", separation, 3600.0, tiny_clamp3_home / "bank.json")


def test_the_gpu_backend_needs_gpus_and_an_accelerated_profile(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert isinstance(open_backend(recipe, 3, 2), CpuWorkers)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    backend = open_backend(recipe, None, 100)
    assert isinstance(backend, GpuWorkers)
    assert backend.devices == ("4", "6")
    assert isinstance(open_backend(replace(recipe, profile="starter"), 1, 2), CpuWorkers)


@pytest.mark.parametrize(
    ("device", "named"),
    [("auto", ("4", "6")), ("cuda", ("4", "6")), ("cuda:0", ("4",)), ("cuda:1", ("6",)), ("cpu", ()), ("mps", ())],
)
def test_the_device_selects_among_the_visible_gpus(
    recipe: Recipe, device: str, named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    backend = open_backend(replace(recipe, separation=SeparationSpec(device=device)), None, 100)
    assert getattr(backend, "devices", ()) == named
    if not named:
        assert backend.jobs == 1  # its networks keep the whole device busy
