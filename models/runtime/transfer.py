"""Asynchronous copies from the CPU to a GPU."""

import torch
from torch import Tensor


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device. Copies to a GPU use pinned memory, so the caller does not wait for them.

    The copy is queued on the current stream. Torch reuses the pinned memory once the copy is done.
    """
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
