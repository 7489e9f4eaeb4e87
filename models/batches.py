"""Batches of sequences that may be computed together: those of equal length, because padding changes results."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from models.batch_size import BatchSize
from models.transfer import upload


class EqualLengthBatches:
    """Runs a network over sequences in batches, which shrink whenever the device's memory is full."""

    def __init__(self, size: BatchSize, device: torch.device) -> None:
        self.size = size
        self._device = device

    def map(self, network: Callable[[Tensor], Tensor], sequences: Sequence[Tensor]) -> list[Tensor]:
        """Each sequence [n, ...] -> its part of the network's output, on the CPU, in the order of the sequences.

        The network maps [B, n, ...] to [B, ...]. Raises UnavailableError if the memory holds no batch of one.
        """
        by_length: dict[int, list[int]] = {}
        for index, sequence in enumerate(sequences):
            by_length.setdefault(len(sequence), []).append(index)
        results: dict[int, Tensor] = {}
        for indices in by_length.values():
            while indices:
                batch = indices[: self.size.now]
                outputs = self._attempt(network, [sequences[index] for index in batch])
                if outputs is not None:
                    results.update(zip(batch, outputs, strict=True))
                    del indices[: len(batch)]
        return [results[index] for index in range(len(sequences))]

    def _attempt(self, network: Callable[[Tensor], Tensor], batch: Sequence[Tensor]) -> Tensor | None:
        """The network's output for a batch, None if it must be smaller."""
        try:
            return network(upload(torch.stack(list(batch)), self._device)).cpu()
        except torch.OutOfMemoryError:
            pass  # what failed is alive until the handler ends
        self.size.shrink(len(batch))
        return None
