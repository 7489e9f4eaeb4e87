import pytest
import torch

from models.runtime.transfer import upload


def test_what_is_there_already_is_not_copied() -> None:
    tensor = torch.arange(3)
    assert upload(tensor, torch.device("cpu")) is tensor


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_goes_to_a_gpu_and_stays_there() -> None:
    there = upload(torch.arange(3), torch.device("cuda"))
    assert there.is_cuda
    assert there.tolist() == [0, 1, 2]
    assert upload(there, there.device) is there
