import pytest
import torch

from models.runtime.device import AUTO, cpu_has_bf16
from models.runtime.precision import Precision, choose_precision
from polymuse.errors import UserError

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")


def test_auto_is_half_precision_if_the_device_is_fast_in_it() -> None:
    assert choose_precision(AUTO, CPU) == (Precision.BF16 if cpu_has_bf16() else Precision.FLOAT32)
    assert choose_precision(AUTO, CUDA) == Precision.FP16
    assert choose_precision(AUTO, MPS) == Precision.FLOAT32


@pytest.mark.parametrize(("name", "device"), [("bf16", MPS), ("tf32", CPU), ("int8", CPU), ("int8", CUDA)])
def test_an_unsupported_precision_is_refused(name: str, device: torch.device) -> None:
    with pytest.raises(UserError, match=f"{name!r} is not for device {device}"):
        choose_precision(name, device)


def test_halves_are_one_family_and_floats_another() -> None:
    families = {precision: precision.family for precision in Precision}
    assert families == {"float32": "full", "tf32": "full", "fp16": "half", "bf16": "half"}


def test_tf32_is_allowed_only_on_request() -> None:
    for precision in (Precision.TF32, *Precision):
        precision.apply()
        now = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        assert now == ((True, True) if precision is Precision.TF32 else (False, False))
