import pytest
import torch

from models.runtime.batch_size import BatchSize, TooLittleMemoryError
from models.runtime.batches import map_batches

CPU = torch.device("cpu")


class Network:
    """Sums sequences, with memory for `room` numbers."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.shapes: list[tuple[int, ...]] = []  # of the batches that fitted

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        if batch.numel() > self.room:
            raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED")
        self.shapes.append(tuple(batch.shape))
        return batch.sum(dim=1)


def sequences(*lengths: int) -> list[torch.Tensor]:
    """The n-th of them holds the number n everywhere."""
    return [torch.full((length,), float(n)) for n, length in enumerate(lengths)]


def test_only_equal_lengths_share_a_batch_and_results_keep_their_order() -> None:
    network = Network()
    results = map_batches(network, sequences(3, 5, 3, 3, 5), BatchSize(CPU, 64, 2))
    assert network.shapes == [(2, 3), (1, 3), (2, 5)]
    assert [float(result) for result in results] == [0 * 3, 1 * 5, 2 * 3, 3 * 3, 4 * 5]


def test_batches_shrink_for_good_when_the_memory_is_full() -> None:
    network = Network(room=20)
    size = BatchSize(CPU, 64, 16)
    results = map_batches(network, sequences(*[6] * 9), size)
    assert network.shapes == [(2, 6)] * 4 + [(1, 6)]  # 9 -> 4 -> 2 sequences of 6 fit into 20
    assert [float(result) for result in results] == [6 * n for n in range(9)]
    assert size.now == 2


def test_one_sequence_that_does_not_fit_is_an_error_with_advice() -> None:
    with pytest.raises(TooLittleMemoryError, match="hide the GPU"):
        map_batches(Network(room=5), sequences(6, 6), BatchSize(CPU, 64, 4))


def test_errors_that_are_not_about_memory_are_raised() -> None:
    with pytest.raises(RuntimeError, match="invalid for input"):
        map_batches(lambda batch: batch.view(4), sequences(6), BatchSize(CPU, 64, 4))


def test_nothing_gives_nothing() -> None:
    assert map_batches(Network(), [], BatchSize(CPU, 64, 4)) == []
