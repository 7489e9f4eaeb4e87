"""Segments, and towers without layers: what is embedded, normalised, averaged and projected by hand."""

import dataclasses

import pytest
import torch

from models.clamp3.parameters import Parameters
from models.clamp3.tower import AudioTower, Segment, SymbolicTower, TextTower, cut
from models.runtime.precision import Precision

CPU = torch.device("cpu")
UP, DOWN = (3.0, 1.0), (1.0, 3.0)  # rows that normalisation makes (1, -1) and (-1, 1) of


def parameters(name: str, positions: torch.Tensor, words: torch.Tensor | None = None, base: str = "") -> Parameters:
    """Without layers; what a token is of is worth nothing, and the projection swaps the two numbers."""
    embeddings = f"{name}_model.{base}embeddings"
    tensors = {
        f"{embeddings}.position_embeddings.weight": positions,
        f"{embeddings}.token_type_embeddings.weight": torch.zeros(2, 2),
        f"{embeddings}.LayerNorm.weight": torch.ones(2),
        f"{embeddings}.LayerNorm.bias": torch.zeros(2),
        f"{name}_proj.weight": torch.tensor([[0.0, 1.0], [1.0, 0.0]]),
        f"{name}_proj.bias": torch.zeros(2),
    }
    if words is not None:
        tensors[f"{embeddings}.word_embeddings.weight"] = words
    return Parameters(tensors, CPU, Precision.FLOAT32)


class TestSegments:
    @pytest.mark.parametrize(
        ("length", "expected"),
        [
            (3, [(0, 3, 3)]),
            (128, [(0, 128, 128)]),
            (129, [(0, 128, 128), (1, 129, 1)]),
            (202, [(0, 128, 128), (74, 202, 74)]),
            (256, [(0, 128, 128), (128, 256, 128)]),
            (302, [(0, 128, 128), (128, 256, 128), (174, 302, 46)]),
        ],
    )
    def test_of_128_positions_the_last_flush_with_the_end(
        self, length: int, expected: list[tuple[int, int, int]]
    ) -> None:
        assert cut(length) == [Segment(*segment) for segment in expected]


class TestAudio:
    def test_a_row_has_its_position_added(self) -> None:
        """(3, 1) + (0, 0) and (3, 1) + (0, 4) = (3, 5): (1, -1) and (-1, 1), whose mean is 0."""
        tower = AudioTower(parameters("audio", torch.tensor([[0.0, 0.0], [0.0, 4.0]])))
        one, two = tower.embed([torch.tensor([UP]), torch.tensor([UP, UP])])
        torch.testing.assert_close(one, torch.tensor([-1.0, 1.0]))  # swapped
        torch.testing.assert_close(two, torch.zeros(2))

    def test_segments_count_by_the_positions_that_are_new_in_them(self) -> None:
        """128 times UP, then DOWN: the first segment is (1, -1), the second, of the last 128, 126 / 128 of that.

        They count 128 : 1, so (128 + 126 / 128) / 129.
        """
        tower = AudioTower(parameters("audio", torch.zeros(128, 2)))
        (vector,) = tower.embed([torch.tensor([UP] * 128 + [DOWN])])
        expected = (128 + 126 / 128) / 129
        torch.testing.assert_close(vector, torch.tensor([-expected, expected]))

    def test_nothing_gives_nothing(self) -> None:
        assert AudioTower(parameters("audio", torch.zeros(128, 2))).embed([]).shape == (0, 2)


class TestScores:
    @pytest.fixture
    def tower(self) -> SymbolicTower:
        """Character 5 at place 0 and character 7 at place 63 make a patch UP, all others make it DOWN."""
        weight = torch.zeros(2, 64 * 128)
        weight[0, 5], weight[0, 63 * 128 + 7] = 2.0, 2.0
        rest = parameters("symbolic", torch.zeros(512, 2), base="base.")
        tensors = {
            "symbolic_model.patch_embedding.weight": weight,
            "symbolic_model.patch_embedding.bias": torch.tensor(DOWN),
        }
        return SymbolicTower(dataclasses.replace(rest, tensors={**rest.tensors, **tensors}))

    def test_a_patch_is_what_its_characters_are_at_their_places(self, tower: SymbolicTower) -> None:
        """(1, 3) + (2, 0) + (2, 0) = (5, 3), normalised (1, -1), swapped; with either alone (3, 3), so (0, 0)."""
        both, one = torch.zeros(1, 64, dtype=torch.uint8), torch.zeros(1, 64, dtype=torch.uint8)
        both[0, 0], both[0, 63], one[0, 0] = 5, 7, 5
        first, second = tower.embed([both, one])
        torch.testing.assert_close(first, torch.tensor([-1.0, 1.0]))
        torch.testing.assert_close(second, torch.zeros(2))

    def test_segments_have_512_patches(self, tower: SymbolicTower) -> None:
        """512 times DOWN, then UP: the second segment is the last 512; see the same for audio."""
        patches = torch.zeros(513, 64, dtype=torch.uint8)
        patches[512, 0], patches[512, 63] = 5, 7
        (vector,) = tower.embed([patches])
        expected = (512 + 510 / 512) / 513
        torch.testing.assert_close(vector, torch.tensor([expected, -expected]))


class TestText:
    def test_positions_count_the_tokens_from_2_and_padding_has_1(self) -> None:
        """Three tokens that mean nothing, the second of them padding: positions 2, 1 and 3, so UP, DOWN, DOWN."""
        positions = torch.tensor([[9.0, 0.0], DOWN, UP, DOWN, [9.0, 0.0]])
        tower = TextTower(parameters("text", positions, words=torch.zeros(8, 2)))
        (vector,) = tower.embed([torch.tensor([5, 1, 7])])
        torch.testing.assert_close(vector, torch.tensor([1 / 3, -1 / 3]), rtol=0, atol=1e-4)  # (1 - 1 - 1) / 3, swapped

    def test_words_are_looked_up(self) -> None:
        tower = TextTower(parameters("text", torch.zeros(4, 2), words=torch.tensor([UP, UP, DOWN])))
        assert tower.vocabulary == 3
        (vector,) = tower.embed([torch.tensor([2])])
        torch.testing.assert_close(vector, torch.tensor([1.0, -1.0]), rtol=0, atol=1e-4)
