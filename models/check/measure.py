"""How far apart two outputs are, and how far they may be."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from models.runtime.precision import Precision

QUIET = 0.01  # energy of a stem as a share of the mix, -20 dB: the errors of quieter stems are measured against this


@dataclass(frozen=True, slots=True)
class Measured:
    """The distance of our output from the published one."""

    difference: float  # largest, as a share of the RMS of the published output
    cosine: float
    snr: float | None = None  # dB; None if there is no error


@dataclass(frozen=True, slots=True)
class Limit:
    """What a part may differ by; None where it does not matter."""

    difference: float | None = None
    cosine: float | None = None
    snr: float | None = None

    def holds(self, measured: Measured) -> bool:
        """Whether the distance is within the limit; numbers that are not finite are not."""
        return (
            (self.difference is None or measured.difference <= self.difference)
            and (self.cosine is None or measured.cosine >= self.cosine)
            and (self.snr is None or measured.snr is None or measured.snr >= self.snr)
        )

    def __str__(self) -> str:
        parts = (
            f"difference <= {self.difference:.0e}" if self.difference is not None else "",
            f"cosine >= {self.cosine}" if self.cosine is not None else "",
            f"SNR >= {self.snr:.0f} dB" if self.snr is not None else "",
        )
        return ", ".join(part for part in parts if part)


VECTORS: Mapping[Precision, Limit] = {  # of rows and vectors
    Precision.FLOAT32: Limit(difference=5e-5),
    Precision.TF32: Limit(cosine=0.9999),
    Precision.FP16: Limit(cosine=0.9999),
    Precision.BF16: Limit(cosine=0.999),
}
STEMS: Mapping[Precision, Limit] = {
    Precision.FLOAT32: Limit(snr=80),
    Precision.TF32: Limit(snr=40),
    Precision.FP16: Limit(snr=40),
    Precision.BF16: Limit(snr=28),
}
SAMPLES = Limit(difference=1e-5)  # of resampling


def compare_vectors(published: Iterable[Tensor], ours: Iterable[Tensor]) -> Measured:
    """The worst over pairs of tensors of one shape. The last axis is that of the vectors."""
    differences, cosines = [], []
    for expected, found in zip(published, ours, strict=True):
        _require_one_shape(expected, found)
        expected, found = expected.double(), found.double()
        rms = expected.square().mean().sqrt().clamp_min(1e-30)
        differences.append(float((expected - found).abs().max() / rms))
        cosines.append(float(torch.cosine_similarity(expected, found, dim=-1).min()))
    return Measured(_worst(differences, max), _worst(cosines, min))


def compare_stems(published: Iterable[Tensor], ours: Iterable[Tensor], mixes: Iterable[Tensor]) -> Measured:
    """The worst over stems [2, N] of several mixes. A stem below -20 dB of the mix counts as one of -20 dB."""
    differences, cosines, errors = [], [], []
    for expected, found, mix in zip(published, ours, mixes, strict=True):
        _require_one_shape(expected, found)
        expected, found = expected.double(), found.double()
        signal = max(float(expected.square().sum()), QUIET * float(mix.double().square().sum()), 1e-30)
        rms = math.sqrt(signal / expected.numel())
        differences.append(float((expected - found).abs().max()) / rms)
        cosines.append(float(torch.cosine_similarity(expected.flatten(), found.flatten(), dim=0)))
        errors.append(float((expected - found).square().sum()) / signal)
    error = _worst(errors, max)
    snr = None if error == 0 else -math.inf if math.isnan(error) else -10 * math.log10(error)
    return Measured(_worst(differences, max), _worst(cosines, min), snr)


def _worst(values: list[float], of: Callable[[list[float]], float]) -> float:
    return math.nan if any(map(math.isnan, values)) else of(values)


def _require_one_shape(expected: Tensor, found: Tensor) -> None:
    if expected.shape != found.shape:
        raise ValueError(f"the published output is {list(expected.shape)}, ours {list(found.shape)}")
