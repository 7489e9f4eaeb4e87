"""Work on an NVIDIA GPU recorded once and replayed, which saves launching each of its kernels."""

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UPS = 3  # runs before the recording, in which libraries choose their kernels and compilers compile


class Recorded:
    """A function that changes a CUDA tensor in place, without looking at its values on the CPU.

    The first call with a shape records it, further ones replay. A recording keeps all the memory that the function
    takes, so only that of the latest shape is kept. Never run so far: written without such a device at hand.
    """

    def __init__(self, function: Callable[[Tensor], object]) -> None:
        self._function = function
        self._held: tuple[torch.cuda.CUDAGraph, Tensor] | None = None

    def __call__(self, tensor: Tensor) -> Tensor:
        """What the function makes of the tensor, which is left alone; valid until the next call."""
        if self._held is None or self._held[1].shape != tensor.shape:
            self._held = None  # gives its memory back before the next one is made
            self._held = self._record(tensor)
        graph, place = self._held
        place.copy_(tensor)
        graph.replay()
        return place

    def _record(self, tensor: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        with torch.cuda.device(tensor.device):
            place = tensor.clone()
            beside = torch.cuda.Stream()
            beside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(beside):
                for _ in range(WARM_UPS):
                    self._function(place)
            torch.cuda.current_stream().wait_stream(beside)
            graph = torch.cuda.CUDAGraph()
            # Other threads may go on to ask the device for memory, which would spoil a recording of all threads.
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._function(place)
        return graph, place
