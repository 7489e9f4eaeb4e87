"""Spleeter as a separator of any profile."""

import pytest
import torch

from models.profiles import PROFILES
from models.separator import SeparationSpec
from models.separators.spleeter import SpleeterChoice
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError
from tests.helpers.signals import noise


def test_it_makes_the_same_stems_in_every_profile(separator_store: WeightStore) -> None:
    mix = noise(2, 20_000)
    ours = PROFILES["clamp3"].separator(separator_store, SeparationSpec(separator="spleeter", device="cpu"))
    starters = PROFILES["starter"].separator(separator_store, SeparationSpec())
    assert ours.fingerprint == starters.fingerprint
    assert torch.equal(ours.separate(mix)["vocals"], starters.separate(mix)["vocals"])


def test_missing_weights_are_named(tiny_store: WeightStore) -> None:
    for method in (SpleeterChoice().load, SpleeterChoice().fingerprint):
        with pytest.raises(UnavailableError, match=r"spleeter_2stems are missing .*`polymuse models pull starter`"):
            method(tiny_store, SeparationSpec())
