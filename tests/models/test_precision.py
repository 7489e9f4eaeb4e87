import pytest
import torch

from models.precision import AUTO, Precision, choose_device, choose_precision, cpu_has_bf16
from polymuse.errors import UnavailableError, UserError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_auto_is_half_precision_where_the_device_computes_in_it() -> None:
    assert choose_precision(AUTO, CPU) == (Precision.BF16 if cpu_has_bf16() else Precision.FLOAT32)
    assert choose_precision(AUTO, CUDA) == Precision.FP16


@pytest.mark.parametrize(("name", "device"), [("fp16", CPU), ("tf32", CPU), ("int8", CPU), ("int8", CUDA)])
def test_what_a_device_does_not_have_is_refused(name: str, device: torch.device) -> None:
    with pytest.raises(UserError, match=f"{name!r} is not for device {device}"):
        choose_precision(name, device)


def test_halves_are_one_family_and_floats_another() -> None:
    families = {precision: precision.family for precision in Precision}
    assert families == {"float32": "full", "tf32": "full", "fp16": "half", "bf16": "half"}


def test_tf32_is_allowed_only_where_it_was_asked_for_and_only_meanwhile() -> None:
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    for precision in Precision:
        with precision.in_force():
            now = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
            assert now == ((True, True) if precision is Precision.TF32 else (False, False))
        assert before == (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)


class TestDevice:
    def test_auto_is_one_that_is_here(self) -> None:
        assert choose_device(AUTO).type == ("cuda" if torch.cuda.is_available() else "cpu")

    @pytest.mark.parametrize("name", ["", "gpu", "mps", "meta"])
    def test_others_are_refused(self, name: str) -> None:
        with pytest.raises(UserError, match="Devices: auto, cpu, cuda"):
            choose_device(name)

    def test_that_is_not_here_is_named(self) -> None:
        with pytest.raises(UnavailableError, match="cuda:99"):
            choose_device("cuda:99")
