import pytest
import torch

from models.clamp3.parameters import Parameters
from models.runtime.precision import Precision

CPU = torch.device("cpu")
TENSORS = {
    "tower.layer.0.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, -1.0]]),
    "tower.layer.0.bias": torch.tensor([10.0, 20.0, 30.0]),
    "tower.layer.10.norm.weight": torch.tensor([2.0, 3.0]),
    "tower.layer.10.norm.bias": torch.tensor([1.0, 0.0]),
    "towers": torch.zeros(1),
}


def parameters(precision: Precision = Precision.FLOAT32) -> Parameters:
    return Parameters(TENSORS, CPU, precision)


def test_layers_are_counted_below_their_prefix() -> None:
    layers = parameters().below("tower").below("layer")
    assert layers.count() == 2
    assert parameters().count() == 2  # tower and towers
    assert layers.below("2").count() == 0


def test_only_products_are_in_half_precision() -> None:
    layer = parameters(Precision.BF16).below("tower").below("layer")
    assert layer.product("0.weight").dtype == torch.bfloat16
    assert layer.float32("0.weight") is TENSORS["tower.layer.0.weight"]  # and no copy is made


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BF16])
def test_linear(precision: Precision) -> None:
    """[1, 2] by the rows [1, 2], [3, 4], [0, -1]: 5, 11, -2, all of which bf16 holds exactly."""
    values = parameters(precision).linear("tower.layer.0")(torch.tensor([[1.0, 2.0]]))
    assert values.tolist() == [[15.0, 31.0, 28.0]]
    assert values.dtype == precision.dtype


def test_layer_norm() -> None:
    """[1, 5]: mean 3, variance 4; with an eps of 12 divided by 4, so [-1/2, 1/2]. Times [2, 3], plus [1, 0]."""
    values = parameters().layer_norm("tower.layer.10.norm", eps=12)(torch.tensor([[1.0, 5.0]], dtype=torch.bfloat16))
    torch.testing.assert_close(values, torch.tensor([[0.0, 1.5]]))  # float32 again
