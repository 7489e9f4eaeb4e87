"""Tests for models.tagging.stored_descriptors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.profiles.clamp3 import Clamp3Profile
from models.profiles.starter import StarterProfile
from models.tagging.descriptor_bank import BankEntry, bank_tagger, load_bank
from models.tagging.state import TaggingFiles
from models.tagging.stored_descriptors import StoredBank, embedded_anew, own_descriptor
from models.tagging.tagger import Voice
from polymuse.descriptors import DescriptorsVersion
from tests.models.tagging.test_descriptor_bank import LetterEmbedder

CALM = {"slug": "calm", "category": "mood", "names": {"en": "Calm", "zh": "平静"}, "prompts": ["ab", "c"]}


def bank_of(tmp_path: Path, *entries: dict[str, Any]) -> StoredBank:
    file = tmp_path / "bank.json"
    file.write_text(json.dumps({"descriptors": entries}), encoding="utf-8")
    return StoredBank(Clamp3Profile(), LetterEmbedder(), TaggingFiles(bank=file, cache=tmp_path / "cache"))


class TestStoredBank:
    def test_has_the_vectors_that_tagging_uses(self) -> None:
        embedder = LetterEmbedder()
        tagger, bank = bank_tagger(embedder), StoredBank(Clamp3Profile(), embedder)
        stored = bank.descriptors()
        assert len(stored) == bank.number == 160
        for one, other in zip(stored, tagger.descriptors, strict=True):
            assert (one.slug, one.category, one.prompts, one.stems) == (
                other.slug,
                other.category,
                other.prompts,
                other.stems,
            )
            assert one.voice == ("" if other.voice is None else other.voice.value)
            assert not one.own
            cosines = tagger.cosines({"mix": one.vector})["mix"]
            assert cosines[tagger.descriptors.index(other)] == pytest.approx(1, abs=1e-6)

    def test_has_the_names_in_all_languages(self) -> None:
        entries = {entry.slug: entry.names for entry in load_bank().entries}
        assert {
            each.slug: each.names for each in StoredBank(Clamp3Profile(), LetterEmbedder()).descriptors()
        } == entries

    def test_has_what_the_profile_supports(self) -> None:
        """The starter profile compares tracks with the names of concepts."""
        entries = load_bank().descriptors
        bank = StoredBank(StarterProfile(), LetterEmbedder())
        assert {each.slug for each in bank.descriptors()} == StarterProfile().expressible(entries)
        assert bank.number < len(entries)
        assert {len(each.prompts) for each in bank.descriptors()} == {1}
        assert bank.version != StoredBank(Clamp3Profile(), LetterEmbedder()).version

    def test_makes_no_vector_for_its_version(self) -> None:
        embedder = LetterEmbedder()
        bank = StoredBank(Clamp3Profile(), embedder)
        assert len(bank.version) == 16
        assert bank.version == StoredBank(Clamp3Profile(), LetterEmbedder("1")).version
        assert embedder.batches == []

    def test_has_another_version_with_other_texts(self) -> None:
        before, after = (StoredBank(Clamp3Profile(), LetterEmbedder("0", text)) for text in ("", "abcd"))
        assert after.version == f"{before.version}-abcd"
        assert DescriptorsVersion(bank=after.version).text_version == after.text_version == "abcd"
        assert DescriptorsVersion(bank=before.version).text_version == ""

    @pytest.mark.parametrize(
        "changed",
        [
            {"names": {"en": "Calm"}},
            {"prompts": ["ab"]},
            {"category": "genre"},
            {"stems": ["vocals"]},
            {"voice": "absent"},
        ],
    )
    def test_has_another_version_after_each_change(self, tmp_path: Path, changed: dict[str, Any]) -> None:
        before = bank_of(tmp_path, CALM).version
        assert bank_of(tmp_path, CALM | changed).version != before
        assert bank_of(tmp_path, CALM).version == before


class TestOwn:
    def test_has_the_mean_direction_of_its_prompts(self) -> None:
        made = own_descriptor(LetterEmbedder().embed_text, BankEntry.model_validate(CALM | {"voice": "needed"}))
        mean = np.zeros(26)
        mean[[0, 1, 2]] = 0.5**0.5, 0.5**0.5, 1
        assert made.vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
        assert (made.own, made.voice) == (True, Voice.NEEDED.value)
        assert made.names == CALM["names"]

    def test_is_embedded_anew(self) -> None:
        class Reversed(LetterEmbedder):
            def embed_text(self, texts: Any) -> np.ndarray:
                return super().embed_text(texts)[:, ::-1]

        entry = BankEntry.model_validate(CALM)
        made, expected = (
            own_descriptor(LetterEmbedder().embed_text, entry),
            own_descriptor(Reversed().embed_text, entry),
        )
        again = embedded_anew(Reversed(), made)
        assert np.array_equal(again.vector, expected.vector)
        assert (again.slug, again.names, again.own) == (made.slug, made.names, True)
