"""The transformers of BS-RoFormer on [frames, batch, bands, dim]: attention alternates between frames and bands.

Nearly all of the arithmetic is here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

NORM_FLOOR = 1e-12  # smallest length that a vector is divided by
CPU_TILE = 1024  # tokens at once: intermediate results stay in the CPU cache

# Dimension that is attended over, in [frames, batch * bands, dim] and in [frames * batch, bands, dim].
FRAMES, BANDS = 0, 1

Rotation = tuple[Tensor, Tensor]  # cosine and sine, each [positions, dim_head / 2] float32


class Layer(NamedTuple):
    """Weights of an attention and the feed-forward part after it; the gains of their norms are folded in."""

    frequencies: Tensor  # [dim_head / 2] float32, rotary angle per position
    inputs: Tensor  # [3 * inner + heads or more, dim]: to queries, keys, values, gates; halves of rotary pairs apart
    inputs_bias: Tensor
    output: Tensor  # [dim, inner]
    widen: Tensor
    widen_bias: Tensor
    narrow: Tensor
    narrow_bias: Tensor


class Stack:
    """All layers in sequence, on the device and in the precision of their weights."""

    def __init__(self, layers: Sequence[tuple[int, Layer]], heads: int) -> None:
        """`layers`: (axis that it attends over, weights) of each layer."""
        device = layers[0][1].output.device
        self.dtype = torch.float32  # of the tokens
        self._layers = layers
        self._heads = heads
        self._tile = CPU_TILE if device.type == "cpu" else None
        self._rotations = Rotations(layers)

    def __call__(self, tokens: Tensor) -> Tensor:
        """[frames, batch, bands, dim] float32, overwritten -> output of the last layer, normalised."""
        over_frames, over_bands = tokens.flatten(1, 2), tokens.flatten(0, 1)
        for (axis, layer), rotation in zip(
            self._layers, self._rotations.of(tokens.shape[0], tokens.shape[2]), strict=True
        ):
            for tile in self._tiles(over_frames if axis == FRAMES else over_bands, axis):
                _layer(tile, layer, rotation, axis, self._heads)
        return normalised(tokens)

    def _tiles(self, view: Tensor, axis: int) -> Sequence[Tensor]:
        """Groups of whole sequences."""
        if self._tile is None:
            return (view,)
        return view.split(max(1, self._tile // view.shape[axis]), dim=1 - axis)


class Rotations:
    """The rotary cosines and sines of every layer, cached per number of frames and bands."""

    def __init__(self, layers: Sequence[tuple[int, Layer]]) -> None:
        self._layers = layers
        self._cached: dict[tuple[int, int], list[Rotation]] = {}

    def of(self, frames: int, bands: int) -> list[Rotation]:
        """The rotation of each layer, as long as the axis that the layer attends over."""
        if (frames, bands) not in self._cached:
            lengths = {FRAMES: frames, BANDS: bands}
            self._cached[frames, bands] = [_rotation(layer, lengths[axis]) for axis, layer in self._layers]
        return self._cached[frames, bands]


def normalised(x: Tensor) -> Tensor:
    """Vectors over the last dimension scaled to a mean square of 1; zeros stay zeros. Dense, float32."""
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return x * (x.shape[-1] ** 0.5 / length.clamp_min_(NORM_FLOOR))


def _layer(tokens: Tensor, layer: Layer, rotation: Rotation, axis: int, heads: int) -> None:
    """Applies a layer in place to the tokens [., ., dim] float32; attends over dimension `axis`."""
    dtype = layer.output.dtype
    tokens += _attention(normalised(tokens).to(dtype), layer, rotation, axis, heads)
    hidden = functional.gelu(functional.linear(normalised(tokens).to(dtype), layer.widen, layer.widen_bias))
    tokens += functional.linear(hidden, layer.narrow, layer.narrow_bias)


def _attention(x: Tensor, layer: Layer, rotation: Rotation, axis: int, heads: int) -> Tensor:
    inner = layer.output.shape[1]
    projected = functional.linear(x, layer.inputs, layer.inputs_bias)
    pairs, values, gates = projected.tensor_split([2 * inner, 3 * inner], dim=-1)
    queries, keys = _rotated(pairs.unflatten(-1, (2, heads, 2, -1)), rotation, axis).unbind(2)
    order = (1, 2, 0, 3) if axis == FRAMES else (0, 2, 1, 3)  # to sequences, heads, positions, dim_head
    back = (2, 0, 1, 3) if axis == FRAMES else (0, 2, 1, 3)
    attended = functional.scaled_dot_product_attention(
        queries.permute(order), keys.permute(order), values.unflatten(-1, (heads, -1)).permute(order)
    ).permute(back)
    return functional.linear((attended * gates[..., :heads].sigmoid()[..., None]).flatten(-2), layer.output)


def _rotated(x: Tensor, rotation: Rotation, axis: int) -> Tensor:
    """Rotates queries and keys: [., ., 2, heads, 2, dim_head / 2] -> [., ., 2, heads, dim_head].

    The second last dimension separates the members of a rotary pair.
    """
    shape = (-1, 1, 1, 1, x.shape[-1]) if axis == FRAMES else (1, -1, 1, 1, x.shape[-1])
    cosine, sine = (part.view(shape) for part in rotation)
    first, second = x.float().unbind(-2)
    rotated = torch.stack([first * cosine - second * sine, second * cosine + first * sine], dim=-2)
    return rotated.flatten(-2).to(x.dtype)


def _rotation(layer: Layer, length: int) -> Rotation:
    angles = torch.arange(length, device=layer.frequencies.device)[:, None] * layer.frequencies
    return angles.cos(), angles.sin()
