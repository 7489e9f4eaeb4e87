"""The engine over a tiny checkpoint: batches, memory, and what is not finite."""

import logging
import re
import time
from pathlib import Path

import pytest
import torch

from models.bs_roformer.config import read_config
from models.bs_roformer.cost import bytes_per_chunk
from models.bs_roformer.engine import Engine, Options
from models.runtime.batch_size import TooLittleMemoryError
from polymuse.errors import UnavailableError
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.signals import noise

CHECKPOINT = TINY_ROFORMER / "tiny.ckpt"
CONFIG = read_config(TINY_ROFORMER / "tiny.yaml")
CHUNK = CONFIG.chunk
NEEDED = bytes_per_chunk(CONFIG.network, CHUNK, itemsize=4)
NARROW = "layers.0.0.layers.0.1.net.4.weight"


def engine(checkpoint: Path = CHECKPOINT, **options: object) -> Engine:
    return Engine(checkpoint, CONFIG, [0], torch.device("cpu"), Options(**options))  # type: ignore[arg-type]


def changed(folder: Path, name: str, factor: float) -> Path:
    """The checkpoint with one of its weights multiplied."""
    weights = torch.load(CHECKPOINT, weights_only=True)
    weights[name] = weights[name] * factor
    torch.save(weights, folder / "changed.ckpt")
    return folder / "changed.ckpt"


@pytest.fixture(scope="module")
def chunks() -> list[torch.Tensor]:
    return list(noise(4, 2, CHUNK))


@pytest.fixture(scope="module")
def expected(chunks: list[torch.Tensor]) -> list[torch.Tensor]:
    """Chunk by chunk."""
    one = engine()
    return [next(one.run([chunk])) for chunk in chunks]


def assert_equal(found: list[torch.Tensor], expected: list[torch.Tensor]) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-6)


def test_each_chunk_has_its_masks_in_order(chunks: list[torch.Tensor], expected: list[torch.Tensor]) -> None:
    assert [tuple(stems.shape) for stems in expected] == [(1, 2, CHUNK)] * 4
    batched = engine(batch=3)
    assert batched.batch == 3
    assert_equal(list(batched.run(chunks)), expected)


def test_smaller_batches_when_memory_is_short(
    chunks: list[torch.Tensor], expected: list[torch.Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    short = engine(batch=4, memory=NEEDED)
    with caplog.at_level(logging.WARNING):
        assert_equal(list(short.run(chunks)), expected)
    assert [record.getMessage() for record in caplog.records] == [
        "the memory of cpu is full: continuing with batches of 2",
        "the memory of cpu is full: continuing with batches of 1",
    ]
    assert short.batch == 1


def test_batches_that_fit_are_left_alone(chunks: list[torch.Tensor], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        list(engine(batch=3, memory=3 * NEEDED).run(chunks))
    assert not caplog.records


def test_too_little_for_one_chunk(chunks: list[torch.Tensor]) -> None:
    with pytest.raises(TooLittleMemoryError, match="The memory of cpu is too small for one batch"):
        list(engine(memory=NEEDED - 1, cpu_fallback=True).run(chunks))  # there is nothing to fall back to


def test_the_pace_is_that_of_the_latest_batch(chunks: list[torch.Tensor]) -> None:
    batched = engine(batch=4)
    begun = time.monotonic()
    list(batched.run(chunks))
    assert 0 < batched.seconds_per_chunk() <= (time.monotonic() - begun) / 4


def test_runs_again_after_its_memory_was_freed(chunks: list[torch.Tensor], expected: list[torch.Tensor]) -> None:
    one = engine()
    one.unload()
    assert_equal(list(one.run(chunks[:1])), expected[:1])


def test_overflow_is_computed_again_in_float32(
    chunks: list[torch.Tensor], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loud = changed(tmp_path, NARROW, 1e6)  # beyond 65504, the largest number in float16
    with caplog.at_level(logging.WARNING):
        exact, half = (next(engine(loud, precision=precision).run(chunks[:1])) for precision in ("float32", "fp16"))
    assert "computed again in float32" in caplog.text
    assert_equal([half], [exact])


def test_weights_that_are_not_finite(chunks: list[torch.Tensor], tmp_path: Path) -> None:
    damaged = changed(tmp_path, "final_norm.gamma", float("nan"))
    with pytest.raises(UnavailableError, match=re.escape("changed.ckpt gives audio that is not finite")):
        next(engine(damaged).run(chunks))
