"""Waveforms and vectors at random, the same in every run."""

import zlib

import numpy as np
import torch
from torch import Tensor

from models.embedder import Embedder


def noise(*shape: int, seed: int = 3) -> Tensor:
    """float32 of this shape, about -20 dB."""
    return 0.1 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def random_unit(seed: int, dim: int = 4) -> np.ndarray:
    """[dim] float32 of length 1."""
    return unit(np.random.default_rng(seed).normal(size=dim))


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector's direction, float32."""
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def sounds_like(text: str, embedder: Embedder, seed: str, amount: float) -> np.ndarray:
    """The direction of the text, plus noise of this length: their cosine is about 1 / sqrt(1 + amount ** 2)."""
    noise = np.random.default_rng(zlib.crc32(seed.encode())).normal(size=embedder.dim)
    return unit(embedder.embed_text([text])[0] + amount * noise / np.linalg.norm(noise))
