"""The contract of `models.separator.Separator`, tested on all separators, and on a checkpoint of the user's own."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.profiles import PROFILES
from models.separator import SeparationSpec, Separator
from models.separators import SEPARATORS
from models.weights.store import WeightStore
from polymuse.music import INSTRUMENTAL
from tests.helpers.signals import noise

OWN = "own files"


def choices() -> list[tuple[str, str, tuple[str, ...]]]:
    """Separators with their default stems, and with all stems of further weights instead of the instrumental.

    Each with a profile for which it is not the default.
    """
    usual = [(name, choice.stems) for name, choice in SEPARATORS.items()]
    more = [
        (name, tuple(stem for stem in (*choice.stems, *choice.more_stems) if stem != INSTRUMENTAL))
        for name, choice in SEPARATORS.items()
        if choice.more_stems
    ]
    others = {name: next(p.name for p in PROFILES.values() if p.separates_with != name) for name in SEPARATORS}
    return [(others[name], name, stems) for name, stems in usual + more] + [("starter", OWN, ())]


@pytest.fixture(scope="module", params=choices(), ids=lambda choice: "-".join((*choice[:2], *choice[2])))
def separator(request: pytest.FixtureRequest, separator_store: WeightStore, tiny_six: tuple[Path, Path]) -> Separator:
    profile, name, stems = request.param
    spec = SeparationSpec(stems, device="cpu", separator=name)
    if name == OWN:
        spec = replace(spec, separator="auto", checkpoint=tiny_six[0], config=tiny_six[1])
    with pytest.MonkeyPatch.context() as patch:  # in full precision on every processor
        patch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
        separator = PROFILES[profile].separator(separator_store, spec)
    assert separator.fingerprint == PROFILES[profile].separator_fingerprint(
        separator_store, replace(spec, device="auto")
    )
    assert set(stems) <= set(separator.stems)
    assert set(PROFILES[profile].choose_separator(spec).stems) <= set(separator.stems) or stems
    return separator


def level_db(waveform: Tensor) -> float:
    return float(10 * torch.log10(waveform.square().mean() + 1e-30))


def test_describes_itself(separator: Separator) -> None:
    assert len(separator.stems) >= 2
    assert all(re.fullmatch("[a-z][a-z_]*", stem) for stem in separator.stems)
    assert separator.sample_rate == 44_100
    assert re.fullmatch("[0-9a-f]{64}", separator.fingerprint)
    assert 0 <= separator.context < 60


@pytest.mark.parametrize("samples", [1, 4_410, 44_101, 520_193])  # the last: one more than Spleeter's patch covers
def test_stems_are_as_long_as_the_mix_and_pairs_sum_to_it(separator: Separator, samples: int) -> None:
    mix = noise(2, samples)
    stems = separator.separate(mix)
    assert tuple(stems) == separator.stems
    assert all(stem.shape == mix.shape and stem.dtype == torch.float32 for stem in stems.values())
    assert all(stem.isfinite().all() for stem in stems.values())
    if "instrumental" in stems:  # other sets of stems come from independent masks
        assert level_db(sum(stems.values(), torch.zeros(())) - mix) < level_db(mix) - 100


def test_nothing_in_nothing_out(separator: Separator) -> None:
    stems = separator.separate(torch.zeros(2, 0))
    assert {name: stem.shape for name, stem in stems.items()} == dict.fromkeys(separator.stems, (2, 0))


def test_silence_stays_silent(separator: Separator) -> None:
    assert all(level_db(stem) < -120 for stem in separator.separate(torch.zeros(2, 30_000)).values())


def test_same_mix_same_stems(separator: Separator) -> None:
    mix = noise(2, 30_000)
    before = mix.clone()
    first, second = separator.separate(mix), separator.separate(mix)
    assert torch.equal(mix, before)
    assert all(torch.equal(first[stem], second[stem]) for stem in separator.stems)


def test_several_mixes_come_back_in_order(separator: Separator) -> None:
    mixes = [noise(2, 20_000), noise(2, 0), noise(2, 700), torch.zeros(2, 50)]
    together = list(separator.separate_all(iter(mixes)))
    assert len(together) == len(mixes)
    for mix, stems in zip(mixes, together, strict=True):
        torch.testing.assert_close(stems, separator.separate(mix))


def test_overdriven_mix(separator: Separator) -> None:
    mix = 50 * noise(2, 30_000)  # far beyond full scale
    assert all(stem.isfinite().all() for stem in separator.separate(mix).values())


def test_stems_belong_to_the_caller(separator: Separator) -> None:
    mix = noise(2, 4_410)
    stems = separator.separate(mix)
    before = {name: stem.clone() for name, stem in stems.items()}
    mix.zero_()
    stems[separator.stems[0]].mul_(0)
    assert all(torch.equal(stems[name], before[name]) for name in separator.stems[1:])


@pytest.mark.parametrize("mix", [torch.zeros(100), torch.zeros(3, 100), torch.zeros(2, 100, dtype=torch.float64)])
def test_only_stereo_float32(separator: Separator, mix: Tensor) -> None:
    with pytest.raises(ValueError, match=r"\[2, N\] float32"):
        separator.separate(mix)
