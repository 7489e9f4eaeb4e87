"""musicnn: music tagging with musically motivated convolutions (Pons et al., ISMIR 2018), 50 tags per model.

Two sets of weights exist, trained on MagnaTagATune and on the Million Song Dataset. The network reads patches of
3 s of a log-mel spectrogram: shapes, kernels and the front end are those of the `musicnn` 0.1.0 package, in float32
throughout (the package rounds the spectrogram to float16).
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.weights.tf_variables import Variables, numbered
from polymuse.errors import UnavailableError

SAMPLE_RATE = 16_000  # Hz
N_FFT = 512  # 32 ms
HOP = 256  # 16 ms
N_MELS = 96
PATCH_FRAMES = 187
LOG_GAIN = 10_000.0  # log10(LOG_GAIN * mel + 1)
BATCH = 2  # patches at once: one patch's first layer has 9 MB of output, and more of them leave the cache

EMBEDDING_DIM = 200
N_TAGS = 50
TIMBRAL_CHANNELS = 204  # int(1.6 * 128)
TEMPORAL_CHANNELS = 51  # int(1.6 * 32)
FRONT_KERNELS = ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1))  # frames x bands: two timbral, three temporal
FRONT_CHANNELS = 2 * TIMBRAL_CHANNELS + 3 * TEMPORAL_CHANNELS  # 561
MIDDLE_CHANNELS = 64
MIDDLE_FRAMES = 7
POOLED = 2 * (FRONT_CHANNELS + 3 * MIDDLE_CHANNELS)  # 1506: maximum and mean of every channel

# fmt: off
MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
    "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
    "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop",
    "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice",
    "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice", "choral",
)
MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz",
    "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica",
    "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)
# fmt: on
TAGS_BY_FILE = {"musicnn_mtt": MTT_TAGS, "musicnn_msd": MSD_TAGS}


def log_mel(waveform: Tensor) -> Tensor:
    """Log-mel spectrogram [frames, 96] of a 16 kHz waveform [N] float32; frames = 1 + N // 256, centred on n * 256.

    Power spectrum of a Hann window, reflected at the borders (librosa 0.7, with which the models were trained).
    Raises ValueError for 256 samples or fewer, which cannot be reflected.
    """
    if waveform.ndim != 1 or len(waveform) <= N_FFT // 2:
        raise ValueError(f"expected one channel of more than {N_FFT // 2} samples, got {list(waveform.shape)}")
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(waveform, N_FFT, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = torch.view_as_real(spectrum).square().sum(-1)  # [257, frames]
    return torch.log10(LOG_GAIN * (mel_filters() @ power) + 1).T


def patches(spectrogram: Tensor) -> Tensor:
    """[frames, 96] -> [B, 187, 96]: consecutive patches without the remainder; shorter input is repeated."""
    frames = len(spectrogram)
    if frames < PATCH_FRAMES:
        spectrogram = spectrogram.repeat(-(-PATCH_FRAMES // frames), 1)
    count = max(1, frames // PATCH_FRAMES)
    return spectrogram[: count * PATCH_FRAMES].reshape(count, PATCH_FRAMES, N_MELS)


@cache
def mel_filters() -> Tensor:
    """Triangular mel filters [96, 257], each of unit area (Slaney's Auditory Toolbox), 0 to 8 kHz."""
    frequencies = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(SAMPLE_RATE / 2), N_MELS + 2))
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    area = (edges[2:] - edges[:-2]) / 2
    return torch.from_numpy((triangles / area[:, None]).astype(np.float32))


# Slaney's mel scale: linear below 1 kHz (15 mel), then 27 mel for each factor of 6.4.
_LINEAR_HZ = 200 / 3  # Hz per mel
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    return hz / _LINEAR_HZ if hz < _CORNER_HZ else _CORNER_MEL + np.log(hz / _CORNER_HZ) / _LOG_STEP


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < _CORNER_MEL, mel * _LINEAR_HZ, _CORNER_HZ * np.exp((mel - _CORNER_MEL) * _LOG_STEP))


class Musicnn:
    """One of the two musicnn models, on the CPU."""

    def __init__(self, variables: Variables, tags: tuple[str, ...]) -> None:
        self.tags = tags
        self._input = variables.batch_norm(0, 1)
        self._front = [_Branch(variables, index, kernel) for index, kernel in enumerate(FRONT_KERNELS)]
        self._middle = [
            _MiddleLayer(variables, index, channels)
            for index, channels in enumerate((FRONT_CHANNELS, MIDDLE_CHANNELS, MIDDLE_CHANNELS), len(FRONT_KERNELS))
        ]
        self._pooled = variables.batch_norm(9, POOLED)
        self._dense = _dense(variables, 0, (POOLED, EMBEDDING_DIM))
        self._embedding = variables.batch_norm(10, EMBEDDING_DIM)
        self._output = _dense(variables, 1, (EMBEDDING_DIM, N_TAGS))

    @classmethod
    def load(cls, path: Path) -> "Musicnn":
        """Reads `musicnn_mtt.safetensors` or `musicnn_msd.safetensors`; the name decides which tags it has.

        Raises UnavailableError for another name and for a file that is missing or not a musicnn checkpoint.
        """
        tags = TAGS_BY_FILE.get(path.stem)
        if tags is None:
            allowed = " or ".join(f"{stem}.safetensors" for stem in TAGS_BY_FILE)
            raise UnavailableError(f"{path} is not named like a musicnn model", f"Name it {allowed}.")
        return cls(Variables(path), tags)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel patches [B, frames, 96] (trained with 187 frames) -> (tag logits [B, 50], embedding [B, 200])."""
        logits, embeddings = zip(*(self._forward(batch) for batch in patches.split(BATCH)), strict=True)
        return torch.cat(logits), torch.cat(embeddings)

    @torch.inference_mode()
    def _forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        scale, shift = self._input
        spectrogram = (patches * scale + shift)[:, None]
        front = torch.cat([branch(spectrogram) for branch in self._front], dim=1)
        first, second, third = self._middle
        c1 = first(front)
        c2 = second(c1) + c1
        c3 = third(c2) + c2
        features = torch.cat([front, c1, c2, c3], dim=1)  # [B, 753, frames]
        pooled = torch.stack([features.amax(2), features.mean(2)], dim=2).flatten(1)  # maximum, mean, maximum, …
        scale, shift = self._pooled
        hidden = functional.linear(pooled * scale + shift, *self._dense).relu()
        scale, shift = self._embedding
        embedding = hidden * scale + shift
        return functional.linear(embedding, *self._output), embedding


class _Branch:
    """One branch of the front end: convolution, ReLU, batch normalisation, maximum over the bands.

    The maximum is taken first, which is equivalent and faster: ReLU and a normalisation with a positive scale preserve
    the order, and with a negative scale the minimum is the maximum of the negated kernel.
    """

    def __init__(self, variables: Variables, index: int, kernel: tuple[int, int]) -> None:
        channels = TIMBRAL_CHANNELS if kernel[1] > 1 else TEMPORAL_CHANNELS
        weight, bias, self._scale, self._shift = _convolution(variables, index, (*kernel, 1, channels))
        self._sign = torch.where(self._scale < 0, -1.0, 1.0)
        self._weight = weight * self._sign[..., None, None]
        self._bias = bias * self._sign[:, 0]
        self._padding = (0, 0, (kernel[0] - 1) // 2, kernel[0] // 2)  # TensorFlow puts the odd frame at the end

    def __call__(self, spectrogram: Tensor) -> Tensor:
        """[B, 1, T, 96] -> [B, channels, T]."""
        padded = functional.pad(spectrogram, self._padding)
        peak = functional.conv2d(padded, self._weight, self._bias).amax(3) * self._sign
        return peak.relu() * self._scale + self._shift


class _MiddleLayer:
    """Convolution over 7 frames and all channels, ReLU, batch normalisation."""

    def __init__(self, variables: Variables, index: int, channels: int) -> None:
        shape = (MIDDLE_FRAMES, channels, 1, MIDDLE_CHANNELS)
        weight, self._bias, self._scale, self._shift = _convolution(variables, index, shape)
        self._weight = weight[:, 0].transpose(1, 2).contiguous()  # [64, channels, 7]

    def __call__(self, features: Tensor) -> Tensor:
        """[B, channels, T] -> [B, 64, T]."""
        response = functional.conv1d(features, self._weight, self._bias, padding=MIDDLE_FRAMES // 2)
        return response.relu() * self._scale + self._shift


def _convolution(variables: Variables, index: int, shape: tuple[int, int, int, int]) -> tuple[Tensor, ...]:
    """Weight [out, in, h, w], bias [out], and scale and shift [out, 1] of the normalisation that follows.

    `shape` is TensorFlow's: height, width, input channels, output channels.
    """
    layer = numbered("conv2d", index)
    weight = variables.take(f"{layer}/kernel", shape).permute(3, 2, 0, 1).contiguous()
    scale, shift = variables.batch_norm(index + 1, shape[3])  # number 0 normalises the input
    return weight, variables.take(f"{layer}/bias", shape[3:]), scale[:, None], shift[:, None]


def _dense(variables: Variables, index: int, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Weight and bias for `functional.linear`; `shape` is (inputs, outputs)."""
    layer = numbered("dense", index)
    return variables.take(f"{layer}/kernel", shape).T.contiguous(), variables.take(f"{layer}/bias", shape[1:])
