"""A layer of one head on two positions, worked out by hand."""

import math

import pytest
import torch

from models.clamp3.parameters import Parameters
from models.clamp3.transformer import BERT, HEAD_DIM, HUBERT, EncoderLayer, LayerNames
from models.runtime.precision import Precision

S = torch.tensor([1.0, -1.0] * 32)  # S and T have mean 0 and variance 1, and are orthogonal
T = torch.tensor([1.0, 1.0, -1.0, -1.0] * 16)


def layer(names: LayerNames, query: float = 0.0, after: float = 0.0) -> EncoderLayer:
    """Keys and values are the positions themselves, queries are `query` times that. Feed-forward adds `after` T."""
    tensors = {}
    for name in names:
        norm = name in (names.attention_norm, names.output_norm)
        tensors[f"{name}.weight"] = torch.ones(HEAD_DIM) if norm else torch.eye(HEAD_DIM)
        tensors[f"{name}.bias"] = torch.zeros(HEAD_DIM)
    tensors[f"{names.query}.weight"] *= query
    tensors[f"{names.feed_forward_out}.weight"] *= 0
    tensors[f"{names.feed_forward_out}.bias"] += after * T
    return EncoderLayer(Parameters(tensors, torch.device("cpu"), Precision.FLOAT32), names, eps=1e-12)


@pytest.mark.parametrize("names", [BERT, HUBERT])
@pytest.mark.parametrize(("odds", "own"), [(1, 0.5), (3, 0.75)])
def test_attention_is_added_and_normalised(names: LayerNames, odds: int, own: float) -> None:
    """Queries of ln(odds) / 8 times S: S @ S = 64 and S @ T = 0, so ln(odds) / 8 * 64 / 8 against 0, as odds : 1.

    S + own S + (1 - own) T has the variance (1 + own)^2 + (1 - own)^2. The second norm has nothing left to do.
    """
    values = layer(names, query=math.log(odds) / 8)(torch.stack([S, T])[None])[0]
    length = math.hypot(1 + own, 1 - own)
    torch.testing.assert_close(values[0], ((1 + own) * S + (1 - own) * T) / length)
    torch.testing.assert_close(values[1], ((1 + own) * T + (1 - own) * S) / length)


def test_feed_forward_is_added_and_normalised() -> None:
    """Alone, S attends to itself: S + S, normalised S. Then S + T, of variance 2."""
    values = layer(BERT, after=1.0)(S[None, None])
    torch.testing.assert_close(values[0, 0], (S + T) / math.sqrt(2))


def test_heads_attend_by_themselves() -> None:
    """(S, S) and (T, T) in two heads, of which the first prefers itself 3 : 1 and the second nothing.

    S + 3/4 S + 1/4 T next to S + 1/2 S + 1/2 T, brought to variance 1 together.
    """
    names, width = BERT, 2 * HEAD_DIM
    tensors = {f"{name}.weight": torch.eye(width) for name in names}
    tensors |= {f"{name}.bias": torch.zeros(width) for name in names}
    tensors |= {f"{name}.weight": torch.ones(width) for name in (names.attention_norm, names.output_norm)}
    tensors[f"{names.query}.weight"] = torch.zeros(width, width)
    tensors[f"{names.query}.weight"][:HEAD_DIM, :HEAD_DIM] = math.log(3) / 8 * torch.eye(HEAD_DIM)
    tensors[f"{names.feed_forward_out}.weight"] *= 0
    two = EncoderLayer(Parameters(tensors, torch.device("cpu"), Precision.FLOAT32), names, eps=1e-12)
    values = two(torch.stack([torch.cat([S, S]), torch.cat([T, T])])[None])[0]
    expected = torch.cat([1.75 * S + 0.25 * T, 1.5 * S + 0.5 * T])
    torch.testing.assert_close(values[0], expected / math.sqrt((1.75**2 + 0.25**2 + 1.5**2 + 0.5**2) / 2))
