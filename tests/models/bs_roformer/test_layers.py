"""The transformers on two tokens of two numbers, worked out by hand."""

import math

import pytest
import torch

from models.bs_roformer.layers import BANDS, FRAMES, Layer, Rotations, Stack, normalised

A, B = (1.0, 1.0), (1.0, -1.0)  # tokens that normalisation leaves as they are


def layer(alike: float = 0.0, angle: float = 0.0, bias: float = 0.0) -> Layer:
    """One head of two numbers, whose values are the tokens themselves, halved by its gate: sigmoid(0) = 1/2.

    All queries and keys are (`alike`, 0), turned by `angle` a position. The feed-forward part adds (`bias`, 0).
    """
    inputs = torch.zeros(7, 2)
    inputs[4:6] = torch.eye(2)
    return Layer(
        frequencies=torch.tensor([angle]),
        inputs=inputs,
        inputs_bias=torch.tensor([alike, 0, alike, 0, 0, 0, 0]),
        output=torch.eye(2),
        widen=torch.zeros(8, 2),
        widen_bias=torch.zeros(8),
        narrow=torch.zeros(2, 8),
        narrow_bias=torch.tensor([bias, 0]),
    )


def run(axis: int, one: Layer, tokens: torch.Tensor) -> torch.Tensor:
    return Stack([(axis, one)], heads=1)(tokens.clone())


def test_normalised_has_a_mean_square_of_1() -> None:
    """[3, 4] of length 5 comes to length sqrt(2)."""
    values = normalised(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(values, torch.tensor([[0.6 * 2**0.5, 0.8 * 2**0.5], [0.0, 0.0]]))


@pytest.mark.parametrize(("axis", "shape"), [(FRAMES, (2, 1, 1, 2)), (BANDS, (1, 1, 2, 2))])
def test_without_preference_each_token_gets_half_the_mean(axis: int, shape: tuple[int, ...]) -> None:
    """The mean of A and B is (1, 0): A becomes (1.5, 1), B (1.5, -1)."""
    values = run(axis, layer(), torch.tensor([A, B]).view(shape))
    torch.testing.assert_close(values, normalised(torch.tensor([(1.5, 1.0), (1.5, -1.0)])).view(shape))


@pytest.mark.parametrize(("axis", "shape"), [(FRAMES, (1, 1, 2, 2)), (BANDS, (2, 1, 1, 2)), (FRAMES, (1, 2, 1, 2))])
def test_nothing_crosses_over_to_the_other_axis_or_the_batch(axis: int, shape: tuple[int, ...]) -> None:
    """Alone in its sequence, each token gets half of itself: 1.5 A and 1.5 B, which are A and B normalised."""
    tokens = torch.tensor([A, B]).view(shape)
    torch.testing.assert_close(run(axis, layer(), tokens), tokens)


def test_tokens_attend_by_the_angle_between_their_positions() -> None:
    """Turned by pi, query and key point in opposite directions at the next position.

    Their products are s and -s, s = ln(3) / 2 after division by sqrt(2): weights 3/4 and 1/4. A gets half of
    3/4 A + 1/4 B = (1, 1/2) and becomes (1.5, 1.25), B becomes (1.5, -1.25).
    """
    alike = math.sqrt(2**0.5 * math.log(3) / 2)
    values = run(FRAMES, layer(alike, math.pi), torch.tensor([A, B]).view(2, 1, 1, 2))
    torch.testing.assert_close(values, normalised(torch.tensor([(1.5, 1.25), (1.5, -1.25)])).view(2, 1, 1, 2))


def test_the_feed_forward_part_is_added() -> None:
    """1.5 A + (0.5, 0) = (2, 1.5)."""
    values = run(FRAMES, layer(bias=0.5), torch.tensor(A).view(1, 1, 1, 2))
    torch.testing.assert_close(values, normalised(torch.tensor([2.0, 1.5])).view(1, 1, 1, 2))


def test_rotations_have_the_length_of_the_axis() -> None:
    """A quarter turn a position: cosines 1, 0, -1 over three frames, 1, 0 over two bands."""
    quarter = layer(angle=math.pi / 2)
    over_frames, over_bands = Rotations([(FRAMES, quarter), (BANDS, quarter)]).of(3, 2)
    torch.testing.assert_close(over_frames, (torch.tensor([[1.0], [0], [-1]]), torch.tensor([[0.0], [1], [0]])))
    torch.testing.assert_close(over_bands, (torch.tensor([[1.0], [0]]), torch.tensor([[0.0], [1]])))
