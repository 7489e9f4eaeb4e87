"""Tensors from the CPU to a GPU without holding up either."""

import torch
from torch import Tensor


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on the device. To a GPU it goes through pinned memory, so that the caller need not wait for the copy.

    The copy is a part of the current stream's work. Pinned memory is torch's to reuse, once the copy is done.
    """
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
