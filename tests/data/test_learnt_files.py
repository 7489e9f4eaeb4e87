"""What the shipped files of the learnt concepts must keep to."""

import json
from collections import Counter

import pytest

from models.starter.concepts import load_concepts, normalise
from models.starter.learnt import DIRECTIONS_FILE, NAMES_FILE, load_vocabulary
from models.starter.query_reader import Named, QueryReader
from models.tagging.descriptor_bank import load_bank

DIM = 470
VOCABULARY = load_vocabulary()
LEARNT = [concept for concept in VOCABULARY.concepts if concept.direction]
WITHOUT_DESCRIPTOR = {"church-organ", "trombone", "tuba", "bassoon", "steel-drums", "low-register", "high-register"}


def test_every_learnt_concept_has_names_and_a_direction() -> None:
    named = [entry["slug"] for entry in json.loads(NAMES_FILE.read_text("utf-8"))["concepts"]]
    directions = json.loads(DIRECTIONS_FILE.read_text("utf-8"))["directions"]
    assert len(set(named)) == len(named) > 10
    assert set(named) == set(directions)
    assert {concept.slug for concept in LEARNT} == set(named)


def test_directions_are_unit_vectors_of_the_space_and_small() -> None:
    directions = json.loads(DIRECTIONS_FILE.read_text("utf-8"))["directions"]
    for slug, entry in directions.items():
        assert len(entry["unit"]) == DIM, slug
        assert sum(number**2 for number in entry["unit"]) == pytest.approx(1, abs=2e-3), slug
        assert 0.2 < entry["weight"] < 3, slug
    assert DIRECTIONS_FILE.stat().st_size + NAMES_FILE.stat().st_size < 300_000


def test_the_vocabulary_starts_with_the_concepts_of_tags_in_their_order() -> None:
    tagged = load_concepts().slugs
    assert VOCABULARY.slugs[: len(tagged)] == tagged
    assert len(set(VOCABULARY.slugs)) == len(VOCABULARY.slugs)


def test_a_learnt_concept_is_a_descriptor_of_the_same_category_or_only_searched_for() -> None:
    bank = {descriptor.slug: descriptor.category for descriptor in load_bank().descriptors}
    for concept in LEARNT:
        assert bank.get(concept.slug, concept.category) == concept.category
        assert (concept.slug in bank) != (concept.slug in WITHOUT_DESCRIPTOR), concept.slug


def test_learnt_concepts_have_names_in_sixteen_languages() -> None:
    for concept in LEARNT:
        assert set(concept.aliases) == set(VOCABULARY.languages), concept.slug
        assert all(names and all(map(normalise, names)) for names in concept.aliases.values()), concept.slug
        assert concept.opposite is None or concept.opposite in VOCABULARY.slugs


def test_no_name_belongs_to_two_concepts_and_no_concept_has_lost_its_names() -> None:
    owners = Counter(alias for alias, _ in VOCABULARY.aliases())
    assert [alias for alias, count in owners.items() if count > 1] == []
    assert all(all(concept.aliases.values()) for concept in VOCABULARY.concepts)


def test_every_name_is_read_as_its_concept_and_nothing_else() -> None:
    """Also names inside longer ones: "French horn" is not "horn"."""
    reader = QueryReader(VOCABULARY)
    misread = {
        alias: items
        for alias, position in VOCABULARY.aliases()
        if (items := reader.read(alias)) != [Named(position, wanted=True)]
    }
    assert misread == {}
