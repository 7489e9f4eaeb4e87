"""The tagger of the service follows the descriptors that users add."""

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.descriptor_upkeep import LiveDescriptors
from catalog.store import Space
from models.tagging.tagger import Calibration, Descriptor, Tagger
from polymuse.descriptors import StoredDescriptor
from search_api.tagging import LiveTagger

X, Y, Z = np.eye(3, dtype=np.float32)
SPACE = Space("flat", 3, "f" * 64, "starter")
RAIN = StoredDescriptor("rain", "mood", {"en": "rain"}, ("rain",), ("mix",), Z, own=True)


def load() -> Tagger:
    bank = [Descriptor("calm", "mood", ("calm",)), Descriptor("dark", "mood", ("dark",))]
    return Tagger(bank, np.stack([X, Y]), Calibration({"mood": (1.0, 0.0)}))


def test_it_takes_up_what_was_added_and_removed() -> None:
    with Catalog.in_memory(SPACE) as catalog:
        live = LiveDescriptors(catalog)
        tagger = LiveTagger(load, live)
        assert [each.slug for each in tagger.current().descriptors] == ["calm", "dark"]
        assert tagger.current() is tagger.current()
        catalog.put_descriptor(RAIN)
        live.forget()
        assert [each.slug for each in tagger.current().descriptors] == ["calm", "dark", "rain"]
        catalog.remove_descriptor("rain")
        live.forget()
        assert [each.slug for each in tagger.current().descriptors] == ["calm", "dark"]


def test_it_takes_up_new_statistics_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search_api.tagging.FRESH", 0.0)
    with Catalog.in_memory(SPACE) as catalog:
        tagger = LiveTagger(load, LiveDescriptors(catalog))
        assert tagger.current() is not tagger.current()
