"""The transformers of BS-RoFormer in half precision on a GPU: large products, and kernels for everything else.

As in `models.bs_roformer.layers`, tokens are [frames, batch, bands, dim], and attention alternates between frames and
bands. There are two differences: tokens are in half precision, so residuals are added inside the products, and GELU is
the tanh approximation, which cuBLAS fuses into a product. Both change the output less than half precision itself does.
The last bias of a feed-forward part is not added to the tokens, but by the kernels that read them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from models.bs_roformer import kernels as kernels
from models.bs_roformer.layers import FRAMES, Layer, Rotations


class FusedStack:
    """All layers in sequence, on the device and in the precision of their weights."""

    def __init__(self, layers: Sequence[tuple[int, Layer]], heads: int) -> None:
        """`layers`: (axis that it attends over, weights) of each layer."""
        self._layers = layers
        self._heads = heads
        self._rotations = Rotations(layers)
        biases = torch.stack([layer.narrow_bias for _, layer in layers]).float()
        self._offsets = functional.pad(biases.cumsum(0), (0, 0, 1, 0))  # [layers + 1, dim]: biases not yet added
        self.dtype = layers[0][1].output.dtype

    def __call__(self, tokens: Tensor) -> Tensor:
        """[frames, batch, bands, dim] of `dtype`, overwritten -> output of the last layer, normalised."""
        frames, _, bands, _ = tokens.shape
        x = tokens.flatten(0, 2)
        rotations = self._rotations.of(frames, bands)
        for (axis, layer), rotation, offset in zip(self._layers, rotations, self._offsets[:-1], strict=True):
            inner = layer.output.shape[1]
            of_gates = slice(3 * inner, 3 * inner + self._heads)
            weight, bias = layer.inputs[of_gates], layer.inputs_bias[of_gates]
            normalised, gates = kernels.normalised_and_gates(x, offset, weight, bias)
            projected = functional.linear(normalised, layer.inputs[: 3 * inner])
            if axis == FRAMES:
                attended = kernels.over_frames(projected, gates, rotation, frames)
            else:
                attended = kernels.over_bands(projected, gates, rotation, bands)
            x.addmm_(attended, layer.output.T)
            normalised = kernels.normalised(x, offset)
            # Not a public function, but the only one that fuses a product with GELU.
            hidden = torch.ops.aten._addmm_activation(layer.widen_bias, normalised, layer.widen.T, use_gelu=True)
            x.addmm_(hidden, layer.narrow.T)
        return kernels.normalised(x, self._offsets[-1]).view_as(tokens)
