"""Number formats that a network computes in.

Vectors of different formats are nearly but not quite alike, so an index and its queries keep to one family of them.
Integers are not offered: on real weights int8 changed rankings (cosine to float32 0.94 on average).
"""

from enum import StrEnum

import torch

from models.runtime.device import AUTO, cpu_has_bf16
from polymuse.errors import UserError


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

    def put_in_force(self) -> None:
        """Lets NVIDIA devices use TF32 or forbids it. Left alone, torch uses it in convolutions.

        For the whole process: every network says what it needs before it computes. Nothing is put back afterwards,
        as networks may be at work in other threads.
        """
        allowed = self is Precision.TF32
        torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.allow_tf32 = allowed  # pyright: ignore[reportAttributeAccessIssue]: set by a module class


_DTYPES = {Precision.FP16: torch.float16, Precision.BF16: torch.bfloat16}
_ON_DEVICE = {
    "cpu": (Precision.FLOAT32, Precision.BF16, Precision.FP16),  # fp16 is slow, and shows what a GPU would make
    "cuda": tuple(Precision),
    "mps": (Precision.FLOAT32, Precision.FP16),
}


def choose_precision(name: str, device: torch.device) -> Precision:
    """ "auto" is half precision where the device is known to be fast in it, else float32.

    Raises UserError for an unknown name and for a precision that the device does not have.
    """
    allowed = _ON_DEVICE[device.type]
    if name == AUTO:
        if device.type == "cuda":
            return Precision.FP16
        return Precision.BF16 if device.type == "cpu" and cpu_has_bf16() else Precision.FLOAT32
    if name not in allowed:
        raise UserError(f"Precision {name!r} is not for device {device}", f"Allowed: {', '.join((AUTO, *allowed))}")
    return Precision(name)
