"""TensorFlow weights as torch tensors, in TensorFlow's layout and under its names."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from polymuse.errors import UnavailableError

BATCH_NORM_EPSILON = 1e-3  # the default of tf.layers and Keras


class Variables:
    """The variables of one converted checkpoint (see `models.weights.tf_checkpoint.convert`)."""

    def __init__(self, path: Path) -> None:
        """Raises UnavailableError if the file is missing or not a safetensors file."""
        self._path = path
        try:
            self._tensors = load_file(path)
        except (OSError, SafetensorError) as error:
            raise self._unusable(f"cannot be read: {error}") from error

    def take(self, name: str, shape: Sequence[int]) -> Tensor:
        """One float32 variable; raises UnavailableError if it is missing or has another type or shape."""
        tensor = self._tensors.get(name)
        if tensor is None:
            raise self._unusable(f"lacks {name}")
        if tensor.shape != tuple(shape) or tensor.dtype != torch.float32:
            found = f"{tensor.dtype} {list(tensor.shape)}"
            raise self._unusable(f"has {name} as {found}, expected {torch.float32} {list(shape)}")
        return tensor

    def batch_norm(self, index: int, channels: int) -> tuple[Tensor, Tensor]:
        """Scale and shift, each [channels], that are equivalent to a batch normalisation with running statistics."""
        layer = numbered("batch_normalization", index)
        gamma, beta, mean, variance = (
            self.take(f"{layer}/{name}", (channels,)) for name in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / torch.sqrt(variance + BATCH_NORM_EPSILON)
        return scale, beta - mean * scale

    def _unusable(self, cause: str) -> UnavailableError:
        return UnavailableError(f"the weights file {self._path} {cause}", "Download the weights again.")


def numbered(layer: str, index: int) -> str:
    """TensorFlow's automatic names: conv2d, conv2d_1, conv2d_2, …"""
    return f"{layer}_{index}" if index else layer
