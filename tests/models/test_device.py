import pytest
import torch

from models.device import choose_device
from polymuse.errors import UnavailableError


def test_auto_is_a_device_that_works() -> None:
    assert torch.zeros(1, device=choose_device("auto")).item() == 0


@pytest.mark.parametrize("name", ["abacus", "cuda:99", "meta"])
def test_not_available(name: str) -> None:
    with pytest.raises(UnavailableError, match=f"'{name}'.*cpu"):
        choose_device(name)
