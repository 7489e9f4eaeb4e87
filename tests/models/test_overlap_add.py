"""Chunks and windows small enough to be checked by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.overlap_add import Chunks


def joined(plan: Chunks, chunks: list[Tensor]) -> Tensor:
    return torch.cat(list(plan.join(chunks)), dim=-1)


def ramp(length: int) -> Tensor:
    """[1, length]: 0, 1, 2, …"""
    return torch.arange(float(length))[None]


class TestCutting:
    def test_mirrored_border(self) -> None:
        plan = Chunks(length=10, chunk=8, overlap=2)
        # Step 4, so 4 samples are mirrored at each end: 4 3 2 1 | 0 … 9 | 8 7 6 5, 18 in all. The chunk at 16 would
        # only cover the border behind the signal, which ends at 14.
        assert list(plan.starts) == [0, 4, 8, 12]
        assert [chunk[0].tolist() for chunk in plan.cut(ramp(10))] == [
            [4, 3, 2, 1, 0, 1, 2, 3],
            [0, 1, 2, 3, 4, 5, 6, 7],
            [4, 5, 6, 7, 8, 9, 8, 7],
            [8, 9, 8, 7, 6, 5, 6, 7],  # 6 samples are there, the last two mirror those
        ]

    def test_no_border_for_short_signals(self) -> None:
        plan = Chunks(length=8, chunk=8, overlap=2)  # no longer than both borders of 4
        assert plan.border == 0
        assert [chunk[0].tolist() for chunk in plan.cut(ramp(8))] == [
            [0, 1, 2, 3, 4, 5, 6, 7],
            [4, 5, 6, 7, 0, 0, 0, 0],  # half a chunk is not enough to be mirrored
        ]

    def test_one_sample(self) -> None:
        assert [chunk[0].tolist() for chunk in Chunks(1, 8, 2).cut(torch.tensor([[3.0]]))] == [[3, 0, 0, 0, 0, 0, 0, 0]]

    def test_nothing(self) -> None:
        plan = Chunks(0, 8, 2)
        assert list(plan.cut(torch.zeros(1, 0))) == list(plan.join([])) == []

    @pytest.mark.parametrize("overlap", [0, 9])
    def test_overlap_out_of_range(self, overlap: int) -> None:
        with pytest.raises(ValueError, match="expected 1 to 8"):
            Chunks(10, 8, overlap)


class TestWindows:
    PLAN = Chunks(length=60, chunk=30, overlap=1)  # fades over 3 samples; chunks at 0 and 30

    def test_first_does_not_fade_in(self) -> None:
        assert self.PLAN.window(0).tolist() == [*[1.0] * 27, 1.0, 0.5, 0.0]

    def test_last_does_not_fade_out(self) -> None:
        assert self.PLAN.window(30).tolist() == [0.0, 0.5, 1.0, *[1.0] * 27]

    def test_only_one_fades_out(self) -> None:
        assert Chunks(30, 30, 1).window(0).tolist() == [*[1.0] * 27, 1.0, 0.5, 0.0]

    def test_without_overlap_seams_are_silent(self) -> None:
        ones = [torch.ones(1, 30), torch.ones(1, 30)]
        assert joined(self.PLAN, ones)[0].tolist() == [*[1.0] * 29, 0.0, 0.0, *[1.0] * 29]


class TestJoining:
    def test_weighted_mean(self) -> None:
        plan = Chunks(length=20, chunk=20, overlap=2)  # chunks at 0 and 10; fades over 2 samples: 0, 1 and 1, 0
        signal = joined(plan, [torch.full((1, 20), 3.0), torch.full((1, 20), 5.0)])
        # From 10 the second chunk fades in with weights 0 and 1, at 19 the first has faded out.
        assert signal[0].tolist() == [*[3.0] * 11, *[4.0] * 8, 5.0]

    def test_too_few_chunks(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            list(Chunks(20, 20, 2).join([torch.zeros(1, 20)]))

    @given(length=st.integers(1, 300), chunk=st.integers(1, 60), data=st.data())
    def test_chunks_unchanged_give_the_signal(self, length: int, chunk: int, data: st.DataObject) -> None:
        plan = Chunks(length, chunk, data.draw(st.integers(2, max(2, chunk // 2)) if chunk > 1 else st.just(1)))
        signal = torch.arange(1.0, 2 * length + 1).view(2, length)
        result = joined(plan, list(plan.cut(signal)))
        # Samples that no window covers are silent: the last sample of a single chunk as long as the signal.
        covered = result != 0
        assert result.shape == signal.shape
        assert covered[:, :-1].all()
        torch.testing.assert_close(result[covered], signal[covered])

    def test_pieces_are_no_longer_than_a_step(self) -> None:
        plan = Chunks(length=1000, chunk=40, overlap=4)
        assert max(piece.shape[-1] for piece in plan.join(plan.cut(torch.zeros(1, 1000)))) == 10
