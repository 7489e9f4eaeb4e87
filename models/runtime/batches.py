"""Batches of sequences of equal length: padding would change results."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from models.runtime.batch_size import BatchSize
from models.runtime.transfer import upload


def map_batches(network: Callable[[Tensor], Tensor], sequences: Sequence[Tensor], size: BatchSize) -> list[Tensor]:
    """Each sequence [n, ...] -> its part of the network's output, on the CPU, in input order.

    The network maps [B, n, ...] on the device to [B, ...]. Raises TooLittleMemoryError if not even one fits.
    """

    def compute(indices: Sequence[int]) -> Tensor:
        return network(upload(torch.stack([sequences[index] for index in indices]), size.device)).cpu()

    by_length: dict[int, list[int]] = {}
    for index, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(index)
    results: dict[int, Tensor] = {}
    for indices in by_length.values():
        for batch, outputs in size.batches(indices, compute):
            results.update(zip(batch, outputs, strict=True))
    return [results[index] for index in range(len(sequences))]
