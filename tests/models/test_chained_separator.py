"""Four stems out of two tiny checkpoints with random weights."""

from pathlib import Path

import pytest
import torch

from models.bs_roformer import BSRoformerSeparator
from models.chained_separator import ChainedSeparator

TINY = Path(__file__).parents[1] / "golden" / "bs_roformer"


@pytest.fixture
def first() -> BSRoformerSeparator:
    return BSRoformerSeparator.load(TINY / "tiny.ckpt", TINY / "tiny.yaml")


@pytest.fixture
def second(tiny_four: tuple[Path, Path]) -> BSRoformerSeparator:
    return BSRoformerSeparator.load(*tiny_four)


def test_the_second_hears_what_the_first_leaves(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    mix = 0.1 * torch.randn(2, 30_000, generator=torch.Generator().manual_seed(3))
    stems = ChainedSeparator(first, second).separate(mix)
    heard = first.separate(mix)
    others = second.separate(heard["instrumental"])
    assert list(stems) == ["vocals", "drums", "bass", "other"]
    assert torch.equal(stems["vocals"], heard["vocals"])
    assert all(torch.equal(stems[name], others[name]) for name in ("drums", "bass", "other"))


def test_describes_both(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    chain = ChainedSeparator(first, second)
    # a step of half a chunk of 12,800 samples for each
    assert chain.context == pytest.approx((6_400 + 6_400) / 44_100)
    assert chain.fingerprint not in (first.fingerprint, second.fingerprint)
    assert chain.fingerprint != ChainedSeparator(first, first).fingerprint


def test_the_first_needs_vocals(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    first.stems = ("drums", "rest")
    with pytest.raises(ValueError, match="no vocals, but drums, rest"):
        ChainedSeparator(first, second)
