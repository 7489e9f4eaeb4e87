"""Batch sizes: chosen from the free memory in this one place, and halved when memory runs out."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from models.runtime.device import is_out_of_memory, release_memory
from polymuse.errors import UnavailableError

log = logging.getLogger(__name__)

SHARE = 0.5  # of the free memory that a batch of one network may fill; other networks share the device
TRACK_SHARE = 0.03  # of the free memory that one track may take; about a dozen are in progress at once

Item = TypeVar("Item")
Result = TypeVar("Result")


class TooLittleMemoryError(UnavailableError):
    """A single item does not fit into memory."""


class BatchSize:
    """The batch size of a network on a device, chosen at first use, when the weights of the networks are loaded.

    On an NVIDIA GPU as many items as fit, at most `gpu`; elsewhere `cpu`. Halved permanently whenever memory runs out.
    Not thread-safe.
    """

    def __init__(self, device: torch.device, gpu: int, cpu: int = 1, item_bytes: int = 0) -> None:
        """`item_bytes`: peak memory of an item in the network; 0 if it is negligible."""
        self.device = device
        self._max = gpu if device.type == "cuda" else cpu
        self._item_bytes = item_bytes
        self._decided: int | None = None

    @property
    def now(self) -> int:
        if self._decided is None:
            self._decided = fitting(self._max, self._item_bytes, free_bytes(self.device))
        return self._decided

    def batches(
        self, items: Sequence[Item], network: Callable[[Sequence[Item]], Result]
    ) -> Iterator[tuple[Sequence[Item], Result]]:
        """Yields each batch of the items with the network's output. Raises what `attempt` raises."""
        while items:
            batch = items[: self.now]
            result = self.attempt(lambda batch=batch: network(batch), len(batch))
            if result is not None:
                items = items[len(batch) :]
                yield batch, result

    def attempt(self, work: Callable[[], Result], count: int = 1) -> Result | None:
        """Runs `work` on `count` items; None if memory ran out and the caller should retry with fewer.

        Raises TooLittleMemoryError if memory ran out with a single item.
        """
        try:
            return work()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        self._shrink(count)  # not in the handler: the traceback keeps the tensors alive until it ends
        return None

    def _shrink(self, failed: int) -> None:
        if failed == 1:
            raise TooLittleMemoryError(
                f"The memory of {self.device} is too small for one batch",
                "Free some, or hide the GPU: CUDA_VISIBLE_DEVICES=",
            )
        self._decided = failed // 2
        log.warning("the memory of %s is full: continuing with batches of %d", self.device, self._decided)
        release_memory(self.device)


def fitting(limit: int, item_bytes: int, free: int | None) -> int:
    """How many items of this size fit, between 1 and `limit`. `free` is None if memory is no limit."""
    if free is None or not item_bytes:
        return limit
    return max(1, min(limit, int(SHARE * free) // item_bytes))


def free_bytes(device: torch.device) -> int | None:
    """Free bytes of a GPU, including torch's unused reserve; None for other devices, which use system memory."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def fits_on_device(device: torch.device, nbytes: int) -> bool:
    """Whether a track of `nbytes` may stay on the device while it is processed."""
    free = free_bytes(device)
    return free is not None and nbytes <= TRACK_SHARE * free
