import pytest
import torch

from models.runtime.device import AUTO, choose_device, is_out_of_memory
from polymuse.errors import UnavailableError, UserError


def test_auto_is_one_that_works() -> None:
    device = choose_device(AUTO)
    assert device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.zeros(1, device=device).item() == 0


@pytest.mark.parametrize("name", ["", "gpu", "meta", "abacus"])
def test_an_invalid_device_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="Devices: auto, cpu, cuda"):
        choose_device(name)


def test_a_missing_device_is_named() -> None:
    with pytest.raises(UnavailableError, match=r"'cuda:99'.*the device cpu"):
        choose_device("cuda:99")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is one")
def test_mps_on_a_machine_without_it() -> None:
    with pytest.raises(UnavailableError, match="'mps'"):
        choose_device("mps")


def test_failed_allocations_are_recognised() -> None:
    with pytest.raises(RuntimeError) as too_much:
        torch.empty(2**60, dtype=torch.uint8)
    with pytest.raises(RuntimeError) as misfit:
        torch.dot(torch.zeros(2), torch.zeros(3))
    assert is_out_of_memory(too_much.value)
    assert not is_out_of_memory(misfit.value)
