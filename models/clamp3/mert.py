"""MERT-v1-95M, the feature extractor of CLaMP 3: HuBERT on 24 kHz audio (Li et al., ICLR 2024).

Convolutions to 75 frames/s, a positional convolution, 12 transformer layers. A row of features is the mean over 5 s and
over all 13 hidden states.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from models.clamp3.parameters import Parameters
from models.clamp3.resample import mono_24k
from models.clamp3.transformer import HUBERT, EncoderLayer
from models.embedder import too_short
from models.runtime.batch_size import BatchSize
from models.runtime.batches import map_batches
from polymuse.errors import BadAudioError

SAMPLE_RATE = 24_000  # Hz
WINDOW = 5 * SAMPLE_RATE  # 120,000 samples
WINDOW_SECONDS = WINDOW // SAMPLE_RATE
MIN_WINDOW = SAMPLE_RATE  # 1 s: the shortest window
STRIDES = (5, 2, 2, 2, 2, 2, 2)  # of the convolutions, together 320 samples: 75 frames a second
EPS = 1e-5  # of all normalisations
VARIANCE_EPS = 1e-7  # of the normalisation of a track
BLOCK = 2**20  # samples whose variance is summed at once
BLOCK_FRAMES = 8  # output frames of a block of the positional convolution on a GPU
BATCH = 64  # windows at once on a GPU, memory permitting; on a CPU larger batches are no faster


def preprocess(waveform: Tensor, sample_rate: int) -> Tensor:
    """[C, N] float32 -> [M] float32 at 24 kHz with mean 0 and variance 1 over the whole track. Silence stays 0.

    (x - mean) / sqrt(variance + 1e-7), sums in float64. Raises BadAudioError for less than a second at 24 kHz and
    for samples that are not finite.
    """
    mono = mono_24k(waveform, sample_rate)
    if len(mono) < MIN_WINDOW:
        raise too_short(waveform.shape[-1] / sample_rate, MIN_WINDOW // SAMPLE_RATE)
    mono -= sum(block.sum(dtype=torch.float64).item() for block in mono.split(BLOCK)) / len(mono)
    variance = sum(block.double().square().sum().item() for block in mono.split(BLOCK)) / len(mono)
    if not math.isfinite(variance):
        raise BadAudioError("The audio has samples that are not finite numbers", "Decode or export it again.")
    mono /= math.sqrt(variance + VARIANCE_EPS)
    return mono


def windows(track: Tensor) -> list[Tensor]:
    """Views of 5 s without overlap; a remainder of at least 1 s is a shorter window, a smaller one is dropped."""
    return [window for window in track.split(WINDOW) if len(window) >= MIN_WINDOW]


class Mert:
    """The network. Only windows of equal length share a batch: zero padding would change every frame."""

    def __init__(self, parameters: Parameters) -> None:
        convolutions = parameters.below("feature_extractor.conv_layers")
        on_gpu = parameters.device.type == "cuda"
        self._layout = torch.channels_last if on_gpu else torch.contiguous_format  # the fastest for convolutions
        self._kernels = [
            convolutions.product(f"{n}.conv.weight")[:, :, None].contiguous(memory_format=self._layout)
            for n in range(len(STRIDES))
        ]
        self._group_norm = tuple(convolutions.product(f"0.layer_norm.{part}") for part in ("weight", "bias"))
        self._projection_norm = parameters.layer_norm("feature_projection.layer_norm", EPS)
        self._projection = parameters.linear("feature_projection.projection")
        kernel, bias = _positional_kernel(parameters), parameters.product("encoder.pos_conv_embed.conv.bias")
        self._positional = BlockConvolution(kernel, bias) if on_gpu else GroupedConvolution(kernel, bias)
        self._norm = parameters.layer_norm("encoder.layer_norm", EPS)
        layers = parameters.below("encoder.layers")
        self._layers = [EncoderLayer(layers.below(str(n)), HUBERT, EPS) for n in range(layers.count())]
        self._precision = parameters.precision
        channels = self._kernels[0].shape[0]
        item_bytes = 2 * channels * WINDOW // STRIDES[0] * 4  # around the first convolution: 98 MB in full size
        self._size = BatchSize(parameters.device, BATCH, item_bytes=item_bytes)

    @torch.inference_mode()
    def rows(self, tracks: Sequence[Tensor]) -> list[Tensor]:
        """Each track [N], preprocessed -> [W, H] float32, a row per window. Tracks share batches."""
        cut = [windows(track) for track in tracks]
        self._precision.apply()
        states = map_batches(self.states, [window for part in cut for window in part], self._size)
        rows = iter(state.mean(dim=0) for state in states)
        return [torch.stack([next(rows) for _ in part]) for part in cut]

    def states(self, windows: Tensor) -> Tensor:
        """[B, N] -> [B, layers + 1, H] float32: the input of the first layer and the outputs of all, mean over time."""
        x = self._projection(self._projection_norm(self.convolve(windows).transpose(1, 2))).float()
        x = self._norm(x + self._positions(x))
        states = [x.mean(dim=1)]
        for layer in self._layers:
            x = layer(x)
            states.append(x.mean(dim=1))
        return torch.stack(states, dim=1)

    def convolve(self, windows: Tensor) -> Tensor:
        """[B, N] -> [B, channels, frames]. Each channel of the first layer is normalised over time."""
        x = windows[:, None, None].to(self._kernels[0].dtype)
        for layer, (kernel, stride) in enumerate(zip(self._kernels, STRIDES, strict=True)):
            x = functional.conv2d(x.contiguous(memory_format=self._layout), kernel, stride=(1, stride))
            if layer == 0:
                x = functional.group_norm(x, x.shape[1], *self._group_norm, eps=EPS)
            x = functional.gelu(x)
        return x.squeeze(2)

    def _positions(self, x: Tensor) -> Tensor:
        """[B, frames, H] -> their positional embeddings, of the same shape."""
        return functional.gelu(self._positional(x))


class GroupedConvolution:
    """Grouped convolution: [B, frames, H] -> [B, frames, H] in the dtype of the kernel [H, H / groups, taps].

    bf16 is computed in float32: torch 2.13 gives wrong sums on CPUs with AMX if there are groups.
    """

    def __init__(self, kernel: Tensor, bias: Tensor) -> None:
        self._dtype = kernel.dtype
        self._computed = torch.promote_types(kernel.dtype, torch.float32)
        self._kernel, self._bias = kernel.to(self._computed), bias.to(self._computed)

    def __call__(self, x: Tensor) -> Tensor:
        channels = x.transpose(1, 2).to(self._dtype).to(self._computed)
        width, groups = self._kernel.shape[2], channels.shape[1] // self._kernel.shape[1]
        convolved = functional.conv1d(channels, self._kernel, self._bias, padding=width // 2, groups=groups)
        return convolved[..., : x.shape[1]].transpose(1, 2).to(self._dtype)  # an even width gives one frame too many


class BlockConvolution:
    """Equals `GroupedConvolution`, by matrix products: BLOCK_FRAMES output frames from their receptive field.

    A product with the kernel at all shifts of a block costs 6 % more arithmetic, but 1/15 of the time on a GPU.
    """

    def __init__(self, kernel: Tensor, bias: Tensor) -> None:
        channels, width, taps = kernel.shape
        self._groups, self._taps, self._bias = channels // width, taps, bias
        shifted = kernel.new_zeros(self._groups, BLOCK_FRAMES + taps - 1, width, BLOCK_FRAMES, width)
        by_tap = kernel.view(self._groups, width, width, taps).permute(0, 3, 2, 1)
        for shift in range(BLOCK_FRAMES):
            shifted[:, shift : shift + taps, :, shift] = by_tap
        self._weight = shifted.flatten(3).flatten(1, 2)  # [groups, field * width, BLOCK_FRAMES * width]

    def __call__(self, x: Tensor) -> Tensor:
        batch, frames, _ = x.shape
        blocks = -(-frames // BLOCK_FRAMES)
        before = self._taps // 2
        behind = BLOCK_FRAMES * blocks - frames + self._taps - 1 - before
        padded = functional.pad(x.to(self._weight.dtype), (0, 0, before, behind)).unflatten(2, (self._groups, -1))
        fields = padded.unfold(1, BLOCK_FRAMES + self._taps - 1, BLOCK_FRAMES)  # [B, blocks, groups, width, frames]
        rows = fields.permute(2, 0, 1, 4, 3).reshape(self._groups, batch * blocks, -1)
        blocked = torch.bmm(rows, self._weight).unflatten(2, (BLOCK_FRAMES, -1)).unflatten(1, (batch, blocks))
        return blocked.permute(1, 2, 3, 0, 4).reshape(batch, BLOCK_FRAMES * blocks, -1)[:, :frames] + self._bias


def _positional_kernel(parameters: Parameters) -> Tensor:
    """[H, H / groups, K], the weight norm applied: for each tap k, g[k] * v[..., k] / |v[..., k]|."""
    gain = parameters.float32("encoder.pos_conv_embed.conv.weight_g")
    direction = parameters.float32("encoder.pos_conv_embed.conv.weight_v")
    kernel = direction * (gain / direction.norm(dim=(0, 1), keepdim=True))
    return kernel.to(parameters.precision.dtype)
