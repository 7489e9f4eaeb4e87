"""How much goes through a network at once: the one place that decides it from free memory, and takes it back."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from models.runtime.device import is_out_of_memory, release_memory
from polymuse.errors import UnavailableError

log = logging.getLogger(__name__)

SHARE = 0.5  # of the free memory that one network's batch may fill: others work on the same device
TRACK_SHARE = 0.03  # of the free memory that one track may take: about a dozen are under way at once

Item = TypeVar("Item")
Result = TypeVar("Result")


class TooLittleMemoryError(UnavailableError):
    """Not even one item fits."""


class BatchSize:
    """Items at once on a device, decided when first asked for: by then the weights of the networks are loaded.

    On an NVIDIA GPU as many as fit, at most `gpu`; elsewhere `cpu`. Halved, for good, whenever memory does not suffice.
    Not for several threads.
    """

    def __init__(self, device: torch.device, gpu: int, cpu: int = 1, item_bytes: int = 0) -> None:
        """`item_bytes`: what an item needs at the network's widest place; 0 where that hardly matters."""
        self.device = device
        self._most = gpu if device.type == "cuda" else cpu
        self._item_bytes = item_bytes
        self._decided: int | None = None

    @property
    def now(self) -> int:
        if self._decided is None:
            self._decided = fitting(self._most, self._item_bytes, free_bytes(self.device))
        return self._decided

    def batches(
        self, items: Sequence[Item], network: Callable[[Sequence[Item]], Result]
    ) -> Iterator[tuple[Sequence[Item], Result]]:
        """Each batch of the items with what the network makes of it. Raises as `attempt`."""
        while items:
            batch = items[: self.now]
            result = self.attempt(lambda batch=batch: network(batch), len(batch))
            if result is not None:
                items = items[len(batch) :]
                yield batch, result

    def attempt(self, work: Callable[[], Result], count: int = 1) -> Result | None:
        """What the work with so many items gives; None if memory did not suffice, and fewer are to be tried.

        Raises TooLittleMemoryError where that was one: nothing smaller can be tried.
        """
        try:
            return work()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        self._shrink(count)  # not in the handler: until it ends, all that the work held is alive
        return None

    def _shrink(self, failed: int) -> None:
        if failed == 1:
            raise TooLittleMemoryError(
                f"The memory of {self.device} is too small for one batch",
                "Free some, or hide the GPU: CUDA_VISIBLE_DEVICES=",
            )
        self._decided = failed // 2
        log.warning("the memory of %s is full: going on with batches of %d", self.device, self._decided)
        release_memory(self.device)


def fitting(most: int, item_bytes: int, free: int | None) -> int:
    """How many items of this size to take at once, between 1 and `most`. `free` is None where memory sets no limit."""
    if free is None or not item_bytes:
        return most
    return max(1, min(most, int(SHARE * free) // item_bytes))


def free_bytes(device: torch.device) -> int | None:
    """Of a GPU: what is free, and what torch keeps in reserve. None for other devices, whose memory is the system's."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def has_room(device: torch.device, nbytes: int) -> bool:
    """Whether a track that takes so many bytes may be kept on the device while it is worked on."""
    free = free_bytes(device)
    return free is not None and nbytes <= TRACK_SHARE * free
