"""Devices and number formats: where a network computes, and in what.

Vectors of different formats are nearly but not quite alike, so an index and its queries keep to one family of them.
Integers are not offered: on real weights int8 changed rankings (cosine to float32 0.94 on average).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import torch

from polymuse.errors import UnavailableError, UserError

AUTO = "auto"
_CPU_FLAGS = ("avx512_bf16", "amx_bf16")  # Zen 4, Cooper Lake, Sapphire Rapids and later; elsewhere bf16 is emulated


class Precision(StrEnum):
    """What matrix products are computed in. Sums, normalisations and results are float32 in each of them."""

    FLOAT32 = "float32"  # equal to the reference implementation
    TF32 = "tf32"  # float32 with a 10-bit mantissa inside products; NVIDIA, Ampere and later
    FP16 = "fp16"
    BF16 = "bf16"

    @property
    def dtype(self) -> torch.dtype:
        """What weights and activations are kept in."""
        return _DTYPES.get(self, torch.float32)

    @property
    def family(self) -> str:
        """ "full" or "half": vectors of one family may be compared with each other."""
        return "half" if self in _DTYPES else "full"

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Lets NVIDIA devices use TF32 or forbids it. Left alone, torch uses it in convolutions."""
        before = bool(torch.backends.cuda.matmul.allow_tf32), bool(torch.backends.cudnn.allow_tf32)
        _allow_tf32(self is Precision.TF32, self is Precision.TF32)
        try:
            yield
        finally:
            _allow_tf32(*before)


def _allow_tf32(products: bool, convolutions: bool) -> None:
    torch.backends.cuda.matmul.allow_tf32 = products
    torch.backends.cudnn.allow_tf32 = convolutions  # pyright: ignore[reportAttributeAccessIssue]: set by a module class


_DTYPES = {Precision.FP16: torch.float16, Precision.BF16: torch.bfloat16}
_ON_DEVICE = {"cpu": (Precision.FLOAT32, Precision.BF16), "cuda": tuple(Precision)}


def choose_device(name: str) -> torch.device:
    """ "auto" is the first CUDA device, else the CPU. Raises UserError for what is no device or is not supported,
    UnavailableError for a CUDA device that is not here."""
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UserError(f"{name!r} is no device", "Devices: auto, cpu, cuda, cuda:0, cuda:1, …") from error
    if device.type not in _ON_DEVICE:
        raise UserError(f"Device {name!r} is not supported", "Devices: auto, cpu, cuda, cuda:0, cuda:1, …")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UnavailableError(f"There is no device {name!r} that torch can use here", "Use --device cpu")
    return device


def choose_precision(name: str, device: torch.device) -> Precision:
    """ "auto" is half precision where the device computes in it, else float32. Raises UserError for an unknown name
    and for a precision that the device does not have."""
    allowed = _ON_DEVICE[device.type]
    if name == AUTO:
        half = Precision.FP16 if device.type == "cuda" else Precision.BF16
        return half if device.type == "cuda" or cpu_has_bf16() else Precision.FLOAT32
    if name not in allowed:
        raise UserError(f"Precision {name!r} is not for device {device}", f"Allowed: {', '.join((AUTO, *allowed))}")
    return Precision(name)


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bf16 matrices itself."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # old releases of torch cannot tell
    return any(capabilities.get(flag, False) for flag in _CPU_FLAGS)
