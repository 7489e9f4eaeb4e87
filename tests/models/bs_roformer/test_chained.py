"""Four stems out of two tiny checkpoints with random weights."""

from pathlib import Path

import pytest
import torch

from models.bs_roformer.chained import ChainedSeparator
from models.bs_roformer.separator import BSRoformerSeparator
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.signals import noise

OTHERS = ("drums", "bass", "other")


def vocal_network(*stems: str) -> BSRoformerSeparator:
    return BSRoformerSeparator.load(TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml", stems=stems)


@pytest.fixture
def first() -> BSRoformerSeparator:
    return vocal_network("vocals")


@pytest.fixture
def second(tiny_four: tuple[Path, Path]) -> BSRoformerSeparator:
    return BSRoformerSeparator.load(*tiny_four, stems=OTHERS)


def test_the_second_separates_the_rest_of_the_first(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    mix = noise(2, 30_000)
    stems = ChainedSeparator(first, second).separate(mix)
    expected = vocal_network().separate(mix)
    others = second.separate(expected["instrumental"])
    assert list(stems) == ["vocals", *OTHERS]
    assert torch.equal(stems["vocals"], expected["vocals"])
    assert all(torch.equal(stems[name], others[name]) for name in OTHERS)


def test_several_mixes(first: BSRoformerSeparator, second: BSRoformerSeparator) -> None:
    chain = ChainedSeparator(first, second)
    mixes = [noise(2, 14_000, seed=1), noise(2, 0), noise(2, 300, seed=2)]
    together = list(chain.separate_all(iter(mixes)))
    assert len(together) == len(mixes)
    for mix, stems in zip(mixes, together, strict=True):
        torch.testing.assert_close(stems, chain.separate(mix))


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
