"""The towers of CLaMP 3: BERT over segments of a fixed length, averaged to one vector."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from models.clamp3.parameters import Parameters
from models.clamp3.transformer import BERT, EncoderLayer
from models.runtime.batch_size import BatchSize
from models.runtime.batches import map_batches

SEGMENT = 128  # positions of the input of the text and the audio tower
SYMBOLIC_SEGMENT = 512  # the same of the symbolic tower
PATCH = 64  # characters of a patch, the input of a position of the symbolic tower
CHARACTERS = 128  # ASCII
PAD = 1  # of XLM-R, whose positions start after it
BATCH_GPU = 64  # segments at once, which take little memory
BATCH_CPU = 8
TEXT_EPS = 1e-5  # of layer normalisations
AUDIO_EPS = 1e-12
SYMBOLIC_EPS = 1e-12


class Segment(NamedTuple):
    """Positions [start, stop) of a sequence, and their weight."""

    start: int
    stop: int
    weight: int


def cut(length: int, size: int = SEGMENT) -> list[Segment]:
    """Segments of `size` positions; a remainder is covered by the last `size` positions, weighted by its length."""
    full, rest = divmod(length, size)
    segments = [Segment(n * size, (n + 1) * size, size) for n in range(full)]
    if rest:
        segments.append(Segment(max(0, length - size), length, rest))
    return segments


class Tower:
    """Sequences -> vectors. Segments run at their original length, so nothing is padded or masked."""

    segment = SEGMENT

    def __init__(self, parameters: Parameters, name: str, eps: float, model_name: str | None = None) -> None:
        model = parameters.below(model_name or f"{name}_model")
        self._embeddings = model.below("embeddings")
        self._positions = self._embeddings.float32("position_embeddings.weight")
        self._token_type = self._embeddings.float32("token_type_embeddings.weight")[0]
        self._norm = self._embeddings.layer_norm("LayerNorm", eps)
        layers = model.below("encoder.layer")
        self._layers = [EncoderLayer(layers.below(str(n)), BERT, eps) for n in range(layers.count())]
        self._projection = parameters.linear(f"{name}_proj")
        self._precision = parameters.precision
        self._size = BatchSize(parameters.device, BATCH_GPU, BATCH_CPU)
        self.hidden = self._token_type.shape[0]

    @torch.inference_mode()
    def embed(self, sequences: Sequence[Tensor]) -> Tensor:
        """B sequences of n positions -> [B, dim] float32, not normalised.

        The vector is the mean over the segments, weighted by the positions that are new in each.
        """
        if not sequences:
            return torch.empty(0, self.hidden)
        cuts = [cut(len(sequence), self.segment) for sequence in sequences]
        pieces = [
            sequence[segment.start : segment.stop]
            for sequence, segments in zip(sequences, cuts, strict=True)
            for segment in segments
        ]
        self._precision.apply()
        features = iter(map_batches(self._features, pieces, self._size))
        return torch.stack([_weighted_mean([(next(features), s.weight) for s in segments]) for segments in cuts])

    def _features(self, pieces: Tensor) -> Tensor:
        """[B, n, ...] -> [B, dim] float32: the mean over all positions, projected."""
        x = self._norm(self._embed(pieces))
        for layer in self._layers:
            x = layer(x)
        return self._projection(x.mean(dim=1)).float()

    def _embed(self, pieces: Tensor) -> Tensor:
        """The input of the first layer, [B, n, H]. Positions restart in each segment."""
        raise NotImplementedError


class AudioTower(Tower):
    """MERT rows [n, H] -> a vector."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters, "audio", AUDIO_EPS)

    def _embed(self, pieces: Tensor) -> Tensor:
        return pieces + self._token_type + self._positions[: pieces.shape[1]]


class TextTower(Tower):
    """Token ids [n] int64 -> a vector."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters, "text", TEXT_EPS)
        self._words = self._embeddings.float32("word_embeddings.weight")
        self.vocabulary = len(self._words)

    def _embed(self, pieces: Tensor) -> Tensor:
        real = pieces.ne(PAD)
        positions = real.cumsum(dim=1) * real + PAD  # the k-th token, from 1, has position 1 + k
        words = functional.embedding(pieces, self._words)
        return words + self._token_type + functional.embedding(positions, self._positions)


class SymbolicTower(Tower):
    """Patches [n, 64] uint8 of a score -> a vector."""

    segment = SYMBOLIC_SEGMENT

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters, "symbolic", SYMBOLIC_EPS, "symbolic_model.base")
        patches = parameters.below("symbolic_model.patch_embedding")
        self._characters = patches.float32("weight").T.contiguous()  # [64 * 128, H]: a row per place and character
        self._bias = patches.float32("bias")
        self._places = torch.arange(PATCH, device=self._bias.device) * CHARACTERS

    def _embed(self, pieces: Tensor) -> Tensor:
        """The sum of the rows of 64 characters is what a linear map makes of their one-hot matrix, 15 times faster."""
        rows = (pieces.long() + self._places).flatten(0, 1)
        patches = functional.embedding_bag(rows, self._characters, mode="sum").view(*pieces.shape[:2], -1)
        return patches + self._bias + self._token_type + self._positions[: pieces.shape[1]]


def _weighted_mean(features: Sequence[tuple[Tensor, int]]) -> Tensor:
    total = torch.stack([feature * weight for feature, weight in features]).sum(dim=0)
    return total / sum(weight for _, weight in features)
