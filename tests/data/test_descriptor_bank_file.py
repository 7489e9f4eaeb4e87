"""What the shipped descriptor bank must keep to."""

import json
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations

import jsonschema_rs
import pytest

from models.starter.concepts import load_concepts, normalise
from models.starter.tags import OTHER_SLUGS
from models.tagging.descriptor_bank import BANK_FILE, SCHEMA_FILE, load_bank, problems, schema

ENTRIES = load_bank().entries
LANGUAGES = ["en", "zh", "es", "fr", "de", "pt", "it", "ru", "ar", "ja", "ko", "hi"]
BY_SLUG = [pytest.param(entry, id=entry.slug) for entry in ENTRIES]


def content() -> dict:
    return json.loads(BANK_FILE.read_text(encoding="utf-8"))


def test_there_are_forty_of_each_category() -> None:
    assert Counter(entry.category for entry in ENTRIES) == {"mood": 40, "genre": 40, "instruments": 40, "texture": 40}


def test_the_schema_beside_it_is_the_one_that_is_checked() -> None:
    shipped = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert shipped == schema()
    jsonschema_rs.meta.validate(shipped)
    jsonschema_rs.validate(shipped, content())
    assert problems(content()) == []


@pytest.mark.parametrize("field", ["slug", "category", "names", "prompts", "stems"])
def test_the_schema_refuses_what_the_validator_refuses(field: str) -> None:
    spoilt = content()
    spoilt["descriptors"][7][field] = 7
    assert not jsonschema_rs.is_valid(schema(), spoilt)
    assert len(problems(spoilt)) == 1


@pytest.mark.parametrize("entry", BY_SLUG)
def test_names_come_in_twelve_languages_english_and_chinese_first(entry) -> None:
    assert list(entry.names) == LANGUAGES


@pytest.mark.parametrize("entry", BY_SLUG)
def test_prompts_are_two_to_four_sentences(entry) -> None:
    assert 2 <= len(entry.prompts) <= 4
    assert all(prompt[0].isupper() and prompt.endswith(".") for prompt in entry.prompts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_descriptors_have_one_name(language: str) -> None:
    names = Counter(normalise(entry.names[language]) for entry in ENTRIES)
    assert [name for name, count in names.items() if count > 1] == []


def test_english_names_that_look_alike_mean_different_things() -> None:
    """So that "melancholy" and "melancholic" are not both there."""
    names = sorted(normalise(entry.names["en"]) for entry in ENTRIES)
    alike = {pair for pair in combinations(names, 2) if SequenceMatcher(None, *pair).ratio() > 0.75}
    assert alike == {
        ("dense", "tense"),
        ("electric guitar", "electric piano"),
        ("elegant", "legato"),
        ("female vocals", "male vocals"),
        ("loud", "oud"),
    }


def test_no_prompt_is_used_twice() -> None:
    assert [p for p, n in Counter(p for entry in ENTRIES for p in entry.prompts).items() if n > 1] == []


def test_descriptors_of_the_voice_listen_to_the_vocals() -> None:
    assert all("vocals" in entry.stems for entry in ENTRIES if entry.voice in ("present", "needed"))
    assert all("vocals" not in entry.stems for entry in ENTRIES if entry.voice == "absent")


@pytest.mark.parametrize(
    "concept", [each for each in load_concepts().concepts if not each.guessed], ids=lambda c: c.slug
)
def test_a_concept_says_the_same_about_the_voice(concept) -> None:
    voices = {OTHER_SLUGS.get(entry.slug, entry.slug): entry.voice for entry in ENTRIES}
    assert voices.get(concept.slug, concept.voice) == concept.voice
