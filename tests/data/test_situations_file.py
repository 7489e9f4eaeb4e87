"""What the corpus of situations must keep to, so that it teaches what it is meant to."""

import json
from collections import Counter

from benchmarks.train_situations import CORPUS, PHRASES, counterexamples
from models.starter.concepts import load_concepts

TABLE = load_concepts()
FAMILIES = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]


def test_families_are_unique_and_in_order() -> None:
    names = [family["family"] for family in FAMILIES]
    assert names == sorted(set(names))


def test_every_family_wants_and_rejects_known_concepts() -> None:
    for family in FAMILIES:
        weights = family["concepts"]
        assert set(weights) <= set(TABLE.slugs), family["family"]
        assert max(weights.values()) > 0 > min(weights.values()), family["family"]
        assert all(-1 <= weight <= 1 for weight in weights.values()), family["family"]


def test_every_concept_is_wanted() -> None:
    wanted = {slug for family in FAMILIES for slug, weight in family["concepts"].items() if weight > 0}
    assert wanted == set(TABLE.slugs)


def test_every_family_is_told_in_every_language() -> None:
    for family in FAMILIES:
        assert set(family["texts"]) == set(TABLE.languages), family["family"]
        assert all(texts and all(text.strip() for text in texts) for texts in family["texts"].values())


def test_no_sentence_stands_twice_in_a_language() -> None:
    sentences = Counter(
        (language, text) for family in FAMILIES for language, texts in family["texts"].items() for text in texts
    )
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_phrases_have_weights_of_known_concepts() -> None:
    for family in map(json.loads, PHRASES.read_text("utf-8").splitlines()):
        assert set(family["concepts"]) <= set(TABLE.slugs), family["family"]
        assert max(family["concepts"].values()) > 0 > min(family["concepts"].values()), family["family"]
        assert set(family["texts"]) == {"en"}


def test_counterexamples_to_measure_with_are_not_learnt_from() -> None:
    assert set(counterexamples("learnt")).isdisjoint(counterexamples("held_out"))
