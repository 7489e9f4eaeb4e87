from collections.abc import Sequence

import pytest
import torch

from models.runtime.batch_size import BatchSize, TooLittleMemoryError, fits_on_device, fitting, free_bytes

CPU = torch.device("cpu")


def full(room: int, items: Sequence[int]) -> list[int]:
    """Squares; out of memory for more than `room` items."""
    if len(items) > room:
        raise torch.OutOfMemoryError
    return [item**2 for item in items]


def test_a_batch_that_does_not_fit_is_halved_for_good() -> None:
    """4 items fail; 2 fit, so 2, 2 and the 1 that is left."""
    size = BatchSize(CPU, gpu=64, cpu=4)
    batches = list(size.batches(range(5), lambda items: full(2, items)))
    assert [(list(items), result) for items, result in batches] == [([0, 1], [0, 1]), ([2, 3], [4, 9]), ([4], [16])]
    assert size.now == 2


def test_a_failed_attempt_gives_nothing_and_the_last_one_an_error() -> None:
    size = BatchSize(CPU, gpu=64, cpu=4)
    assert size.attempt(lambda: full(2, range(2)), 2) == [0, 1]
    assert size.attempt(lambda: full(2, range(3)), 3) is None
    assert size.now == 1
    with pytest.raises(TooLittleMemoryError, match="The memory of cpu is too small"):
        size.attempt(lambda: full(0, range(1)), 1)


def test_the_memory_of_a_cpu_sets_no_limit_and_keeps_no_track() -> None:
    assert free_bytes(CPU) is None
    assert not fits_on_device(CPU, 1)


def test_the_most_is_that_of_the_device() -> None:
    assert [BatchSize(torch.device(name), gpu=64, cpu=8).now for name in ("cpu", "mps")] == [8, 8]


@pytest.mark.parametrize(
    ("free", "expected"),
    [(None, 64), (200 * 10**9, 64), (4 * 10**9, 20), (10**8, 1)],  # half of 4 GB is 20 items of 100 MB
)
def test_free_memory_decides_how_much_is_taken_at_once(free: int | None, expected: int) -> None:
    assert fitting(64, 100 * 10**6, free) == expected
