"""Batches of sequences that may be computed together: those of equal length, because padding changes results."""

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from polymuse.errors import UnavailableError

log = logging.getLogger(__name__)


class EqualLengthBatches:
    """Runs a network over sequences in batches of at most `size`, which halves whenever the device's memory is full."""

    def __init__(self, size: int, device: torch.device) -> None:
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
                batch = indices[: self.size]
                outputs = self._attempt(network, [sequences[index] for index in batch])
                if outputs is not None:
                    results.update(zip(batch, outputs, strict=True))
                    del indices[: len(batch)]
        return [results[index] for index in range(len(sequences))]

    def _attempt(self, network: Callable[[Tensor], Tensor], batch: Sequence[Tensor]) -> Tensor | None:
        """The network's output for a batch, None if it must be smaller."""
        try:
            return network(torch.stack(list(batch)).to(self._device)).cpu()
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise UnavailableError(
                    f"The memory of {self._device} is too small for one batch", "Use --device cpu"
                ) from error
        self.size = len(batch) // 2
        log.warning("the memory of %s is full: going on with batches of %d", self._device, self.size)
        torch.cuda.empty_cache()  # outside the handler, which keeps the failed batch alive
        return None
