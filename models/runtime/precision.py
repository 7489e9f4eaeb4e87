"""Number formats that a network computes in.

Vectors of different formats differ slightly, so an index and its queries use one family of them.
Integers are not offered: on real weights int8 changed rankings (cosine to float32 0.94 on average).
"""

from enum import StrEnum

import torch

from models.runtime.device import AUTO, cpu_has_bf16
from polymuse.errors import UserError


class Precision(StrEnum):
    """The format of matrix products. Sums, normalisations and results are always float32."""

    FLOAT32 = "float32"  # equal to the reference implementation
    TF32 = "tf32"  # float32 with a 10-bit mantissa inside products; NVIDIA, Ampere and later
    FP16 = "fp16"
    BF16 = "bf16"

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of weights and activations."""
        return _DTYPES.get(self, torch.float32)

    @property
    def family(self) -> str:
        """ "full" or "half": vectors of one family are comparable."""
        return "half" if self in _DTYPES else "full"

    def apply(self) -> None:
        """Allows or forbids TF32 on NVIDIA devices. By default torch uses it in convolutions.

        The setting is global, so every network applies its precision before it computes. It is not restored
        afterwards, because networks may be running in other threads.
        """
        allowed = self is Precision.TF32
        torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.allow_tf32 = allowed  # pyright: ignore[reportAttributeAccessIssue]: set by a module class


_DTYPES = {Precision.FP16: torch.float16, Precision.BF16: torch.bfloat16}
_ON_DEVICE = {
    "cpu": (Precision.FLOAT32, Precision.BF16, Precision.FP16),  # fp16 is slow, but gives the vectors of a GPU
    "cuda": tuple(Precision),
    "mps": (Precision.FLOAT32, Precision.FP16),
}


def choose_precision(name: str, device: torch.device) -> Precision:
    """ "auto" is half precision if the device is known to be fast in it, else float32.

    Raises UserError for an unknown name and for a precision that the device does not support.
    """
    allowed = _ON_DEVICE[device.type]
    if name == AUTO:
        if device.type == "cuda":
            return Precision.FP16
        return Precision.BF16 if device.type == "cpu" and cpu_has_bf16() else Precision.FLOAT32
    if name not in allowed:
        raise UserError(f"Precision {name!r} is not for device {device}", f"Allowed: {', '.join((AUTO, *allowed))}")
    return Precision(name)
