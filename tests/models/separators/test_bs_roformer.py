"""Stems by one network or two, from whichever weights are there."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.bs_roformer.separator import BSRoformerSeparator, Options
from models.profiles.clamp3 import Clamp3Profile
from models.runtime.device import AUTO, choose_device
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError, UserError
from tests.helpers.signals import noise

PROFILE = Clamp3Profile()
STEMS = ("vocals", "drums", "bass", "other")


def test_missing_weights_of_four_stems_are_named(tiny_store: WeightStore) -> None:
    for load in (PROFILE.separator, PROFILE.separator_fingerprint):
        with pytest.raises(UnavailableError, match=r"`polymuse models pull bs_roformer_4stems_ft`"):
            load(tiny_store, SeparationSpec(STEMS))


def test_missing_weights_of_two_stems_are_named_with_a_smaller_separator(tmp_path: Path) -> None:
    for load in (PROFILE.separator, PROFILE.separator_fingerprint):
        with pytest.raises(UnavailableError, match=r"`polymuse models pull clamp3` .*, or choose --separator spleeter"):
            load(WeightStore(tmp_path), SeparationSpec())


def test_four_stems_cannot_be_combined_with_the_instrumental(tiny_store: WeightStore) -> None:
    with pytest.raises(UserError, match="instrumental cannot be combined"):
        PROFILE.separator(tiny_store, SeparationSpec(("vocals", "instrumental", "drums")))


@pytest.mark.parametrize("name", ["bs_roformer_4stems_ft", "bs_roformer_4stems"])
def test_four_stems_come_from_either_checkpoint(
    tiny_store: WeightStore, tiny_four: tuple[Path, Path], name: str
) -> None:
    tiny_store.import_files(name, tiny_four)
    spec = SeparationSpec(STEMS, overlap=1)
    separator = PROFILE.separator(tiny_store, spec)
    assert separator.stems == ("vocals", "drums", "bass", "other")
    assert separator.fingerprint == PROFILE.separator_fingerprint(tiny_store, spec)
    assert separator.fingerprint != PROFILE.separator_fingerprint(tiny_store, SeparationSpec(STEMS))
    assert PROFILE.separator(tiny_store, SeparationSpec()).stems == ("vocals", "instrumental")


def test_only_the_stems_asked_for_are_made(tiny_store: WeightStore, tiny_four: tuple[Path, Path]) -> None:
    tiny_store.import_files("bs_roformer_4stems", tiny_four)
    assert PROFILE.separator(tiny_store, SeparationSpec(("vocals",))).stems == ("vocals",)
    # The second network gets what is left without the vocals.
    assert PROFILE.separator(tiny_store, SeparationSpec(("drums",))).stems == ("vocals", "drums")


@pytest.mark.parametrize("load", [PROFILE.separator, PROFILE.separator_fingerprint])
def test_missing_bs_roformer(weights_store: WeightStore, load: Callable[..., object]) -> None:
    with pytest.raises(UnavailableError, match=r"bs_roformer_vocals are missing .*`polymuse models pull clamp3`"):
        load(weights_store, SeparationSpec())


@pytest.mark.skipif(choose_device(AUTO).type != "cpu", reason="precision on a CPU")
@pytest.mark.parametrize(("feature", "precision"), [("avx512_bf16", "bf16"), ("avx2", "float32")])
def test_it_uses_bfloat16_where_the_cpu_has_it(
    tiny_store: WeightStore, monkeypatch: pytest.MonkeyPatch, feature: str, precision: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {feature: True}, raising=False)
    checkpoint, config = tiny_store.paths("bs_roformer_vocals")
    expected = BSRoformerSeparator.load(checkpoint, config, options=Options(precision=precision))
    mix = noise(2, 20_000)
    vocals = PROFILE.separator(tiny_store, SeparationSpec()).separate(mix)["vocals"]
    assert torch.equal(vocals, expected.separate(mix)["vocals"])
