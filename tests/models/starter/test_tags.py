"""Which descriptors the starter profile can express, and how."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from models.starter.concepts import ConceptTable, load_concepts
from models.starter.embedder import StarterEmbedder
from models.starter.learnt import load_vocabulary
from models.starter.tags import (
    CALIBRATION_FILE,
    OTHER_SLUGS,
    expressible_descriptors,
    shipped_calibration,
    starter_tagger,
)
from models.tagging.descriptor_bank import BANK_FILE, load_bank
from models.tagging.state import TaggingFiles
from models.tagging.tagger import Descriptor
from polymuse.errors import UserError


@pytest.fixture(scope="module")
def embedder(starter_weights: Path) -> StarterEmbedder:
    return StarterEmbedder.load(
        starter_weights / "musicnn_mtt.safetensors", starter_weights / "musicnn_msd.safetensors"
    )


def bank_of(folder: Path, *slugs: str) -> TaggingFiles:
    """The shipped bank without all other descriptors."""
    content = json.loads(BANK_FILE.read_text("utf-8"))
    content["descriptors"] = [each for each in content["descriptors"] if each["slug"] in slugs]
    (folder / "bank.json").write_text(json.dumps(content))
    return TaggingFiles(folder / "bank.json")


def test_75_shipped_descriptors_have_one_concept_each() -> None:
    found = expressible_descriptors(load_bank().descriptors, load_vocabulary())
    assert Counter(each.category for each in found) == {"genre": 26, "mood": 11, "instruments": 26, "texture": 12}
    assert len({each.prompts for each in found}) == 75
    assert set(OTHER_SLUGS) <= {each.slug for each in found}


def test_what_the_tags_of_the_networks_only_guess_is_not_expressed() -> None:
    found = expressible_descriptors(load_bank().descriptors, load_concepts())
    assert not {"organ", "brass"} & {each.slug for each in found}


def test_a_learnt_concept_is_compared_with_the_mix_only() -> None:
    found = {each.slug: each for each in expressible_descriptors(load_bank().descriptors, load_vocabulary())}
    assert found["organ"].stems == ("mix",)
    assert found["organ"].prompts == ("organ",)
    assert found["piano"].stems == ("mix", "other", "instrumental")


def test_a_learnt_instrument_is_tagged(embedder: StarterEmbedder) -> None:
    tagger = starter_tagger(embedder)
    assert "organ" in {tag.slug for tag in tagger.tag({"mix": embedder.embed_text(["organ"])[0]}).tags}


def test_the_prompt_is_the_first_english_name_of_the_concept() -> None:
    """ "festive" is the concept "party"; a guess and what has no concept are left out."""
    concepts = {concept.slug: concept for concept in load_concepts().concepts}
    table = ConceptTable(
        (
            replace(concepts["piano"], aliases={"en": ("keys", "piano"), "zh": ("钢琴",)}),
            replace(concepts["party"], aliases={"en": ("party music",)}),
            replace(concepts["drums"], guessed=True),
        ),
        load_concepts().grammar,
    )
    descriptors = [Descriptor(slug, "mood", ("A sentence.",)) for slug in ("festive", "drums", "piano", "harp")]
    assert expressible_descriptors(descriptors, table) == [
        Descriptor("festive", "mood", ("party music",)),
        Descriptor("piano", "mood", ("keys",)),
    ]


def test_a_tagger_knows_only_these(embedder: StarterEmbedder, tmp_path: Path) -> None:
    tagger = starter_tagger(embedder, bank_of(tmp_path, "piano", "oud"))
    (tag,) = tagger.tag({"mix": embedder.embed_text(["piano"])[0]}).tags
    assert tag.slug == "piano"


def test_a_bank_without_any_of_them_is_refused(embedder: StarterEmbedder, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none of the descriptors of .*bank\.json"):
        starter_tagger(embedder, bank_of(tmp_path, "oud", "kora"))


def test_the_shipped_calibration_is_that_of_the_file() -> None:
    content = json.loads(CALIBRATION_FILE.read_text("utf-8"))
    calibration = shipped_calibration()
    assert calibration.statistics is not None
    assert {category: list(pair) for category, pair in calibration.logistic.items()} == content["logistic"]
    assert list(calibration.statistics.cosines["mix"]["piano"]) == content["cosines"]["mix"]["piano"]
    assert calibration.statistics.tracks == sum(content["labelled_tracks"].values())
    assert (calibration.log_odds, calibration.baseline) == (content["log_odds"], "shipped")
