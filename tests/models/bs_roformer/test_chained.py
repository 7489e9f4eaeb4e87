"""Four stems out of two tiny checkpoints with random weights."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.bs_roformer.chained import ChainedSeparator
from models.bs_roformer.separator import BSRoformerSeparator

TINY = Path(__file__).parents[2] / "golden" / "bs_roformer"
OTHERS = ("drums", "bass", "other")


def vocal_network(*stems: str) -> BSRoformerSeparator:
    return BSRoformerSeparator.load(TINY / "tiny.ckpt", TINY / "tiny.yaml", stems=stems)


@pytest.fixture
def first() -> BSRoformerSeparator:
    return vocal_network("vocals")


@pytest.fixture
def second(tiny_four: tuple[Path, Path]) -> BSRoformerSeparator:
    return BSRoformerSeparator.load(*tiny_four, stems=OTHERS)


def noise(samples: int, seed: int = 3) -> Tensor:
    return 0.1 * torch.randn(2, samples, generator=torch.Generator().manual_seed(seed))


def test_the_second_hears_what_the_first_leaves(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    mix = noise(30_000)
    stems = ChainedSeparator(first, second).separate(mix)
    heard = vocal_network().separate(mix)
    others = second.separate(heard["instrumental"])
    assert list(stems) == ["vocals", *OTHERS]
    assert torch.equal(stems["vocals"], heard["vocals"])
    assert all(torch.equal(stems[name], others[name]) for name in OTHERS)


def test_several_mixes(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    chain = ChainedSeparator(first, second)
    mixes = [noise(14_000, seed=1), noise(0), noise(300, seed=2)]
    together = list(chain.separate_all(iter(mixes)))
    assert len(together) == len(mixes)
    for mix, stems in zip(mixes, together, strict=True):
        torch.testing.assert_close(stems, chain.separate(mix))


def test_unloaded_and_used_again(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    chain = ChainedSeparator(first, second)
    mix = noise(13_000)
    before = chain.separate(mix)
    chain.unload()
    torch.testing.assert_close(chain.separate(mix), before)


def test_describes_both(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    chain = ChainedSeparator(first, second)
    # a step of half a chunk of 12,800 samples for each
    assert chain.context == pytest.approx((6_400 + 6_400) / 44_100)
    assert chain.fingerprint not in (first.fingerprint, second.fingerprint)


def test_vocals_come_from_the_first_alone(first: BSRoformerSeparator, tiny_four: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match="expected vocals and other stems"):
        ChainedSeparator(vocal_network(), first)
    with pytest.raises(ValueError, match="expected vocals and other stems"):
        ChainedSeparator(first, BSRoformerSeparator.load(*tiny_four))
