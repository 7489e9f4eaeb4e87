"""The choice of the backend."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.local import fitting, open_backend
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


def test_no_more_workers_than_fit_into_the_memory() -> None:
    """0.8 of it, in parts of 1.25 GiB: 8 GiB hold 5.12."""
    assert [fitting(16, gib * 2**30) for gib in (1, 2, 8, 64)] == [1, 1, 5, 16]
    assert fitting(16, None) == 16
