"""How much goes through a network at once: the one place that decides it from free memory, and takes it back."""

import logging

import torch

from polymuse.errors import UnavailableError

log = logging.getLogger(__name__)

SHARE = 0.5  # of the free memory that one network's batch may fill: others work on the same device
TRACK_SHARE = 0.03  # of the free memory that one track may take: about a dozen are under way at once


class BatchSize:
    """Items at once on a device, decided when first asked for: by then the weights of the networks are loaded.

    On a GPU as many as fit, at most `most`; elsewhere `most`. Not for several threads.
    """

    def __init__(self, device: torch.device, most: int, item_bytes: int = 0) -> None:
        """`item_bytes`: what an item needs at the network's widest place; 0 where that hardly matters."""
        self._device = device
        self._most = most
        self._item_bytes = item_bytes
        self._decided: int | None = None

    @property
    def now(self) -> int:
        if self._decided is None:
            self._decided = fitting(self._most, self._item_bytes, free_bytes(self._device))
        return self._decided

    def shrink(self, failed: int) -> None:
        """Halve, for good, after the memory was too small for so many items.

        Raises UnavailableError where that was one: nothing smaller can be tried.
        """
        if failed == 1:
            raise UnavailableError(
                f"The memory of {self._device} is too small for one batch",
                "Free some, or hide the GPU: CUDA_VISIBLE_DEVICES=",
            )
        self._decided = failed // 2
        log.warning("the memory of %s is full: going on with batches of %d", self._device, self._decided)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


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
