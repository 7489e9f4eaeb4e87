"""The parameters of a network by name, and the two operations that use them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from models.runtime.precision import Precision

TYPICAL_ROWS = 16  # of the matrices that meet a weight: the tokens of a query


@dataclass(frozen=True, slots=True)
class Parameters:
    """Named tensors below a prefix, to be moved to a device and a precision."""

    tensors: Mapping[str, Tensor]
    device: torch.device
    precision: Precision
    prefix: str = ""

    def below(self, name: str) -> "Parameters":
        """The parameters whose names start with `name` and a dot."""
        return replace(self, prefix=f"{self.prefix}{name}.")

    def count(self) -> int:
        """The number of direct children of the prefix, such as the layers of a stack."""
        start = len(self.prefix)
        return len({name[start:].partition(".")[0] for name in self.tensors if name.startswith(self.prefix)})

    def float32(self, name: str) -> Tensor:
        """A tensor on the device. On the CPU it stays memory-mapped, so it is read at first use."""
        return self.tensors[self.prefix + name].to(self.device)

    def product(self, name: str) -> Tensor:
        """A tensor on the device in the dtype of products."""
        return self.tensors[self.prefix + name].to(self.device, self.precision.dtype)

    def linear(self, name: str) -> "Linear":
        """The linear map with this name."""
        return Linear(self.product(f"{name}.weight"), self.product(f"{name}.bias"))

    def layer_norm(self, name: str, eps: float) -> "LayerNorm":
        """The layer normalisation with this name."""
        return LayerNorm(self.float32(f"{name}.weight"), self.float32(f"{name}.bias"), eps)


class Linear:
    """[..., in] -> [..., out] in the dtype of the weight [out, in].

    A bf16 weight on the CPU is kept in the block layout of oneDNN. Otherwise it is reordered for every product, which
    takes half of the time of a short text. Float32 weights stay memory-mapped.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._dtype = weight.dtype
        self._blocked = weight.is_cpu and weight.dtype == torch.bfloat16 and torch.backends.mkldnn.is_available()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, TYPICAL_ROWS) if self._blocked else weight
        self._bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        x = x.to(self._dtype)
        if self._blocked:
            return torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, "none", [], "")
        return functional.linear(x, self._weight, self._bias)


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """[..., H] -> [..., H] float32."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x.float(), self.weight.shape, self.weight, self.bias, self.eps)
