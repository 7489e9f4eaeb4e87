"""What the sentences of data/eval/situations.jsonl must keep to, so that their figures mean what they say."""

import json
from collections import Counter
from pathlib import Path

import pytest
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

import data
from cli.evaluation.situations_file import read_situations
from models.starter.concepts import load_concepts
from models.starter.query_reader import Named, QueryReader

TABLE = load_concepts()
FOLDER = Path(data.__file__).parent
SITUATIONS = read_situations(FOLDER / "eval" / "situations.jsonl")
CORPORA = ("situations.jsonl", "situation_phrases.jsonl")
ALIKE = 80.0  # per cent of the letters of two sentences


def test_ten_sentences_in_every_language() -> None:
    assert Counter(each.language for each in SITUATIONS) == dict.fromkeys(TABLE.languages, 10)
    assert len({each.text for each in SITUATIONS}) == len(SITUATIONS)


def test_concepts_are_known() -> None:
    assert {slug for each in SITUATIONS for slug in each.right | each.wrong} <= set(TABLE.slugs)
    assert all(each.wrong for each in SITUATIONS)


def test_no_sentence_names_a_concept() -> None:
    reader = QueryReader(TABLE)
    named = {
        each.text: [TABLE.slugs[item.concept] for item in reader.read(each.text) if isinstance(item, Named)]
        for each in SITUATIONS
    }
    assert {text: slugs for text, slugs in named.items() if slugs} == {}


@pytest.mark.parametrize("corpus", CORPORA)
def test_no_sentence_is_one_that_the_starter_profile_learnt_from(corpus: str) -> None:
    families = [json.loads(line) for line in FOLDER.joinpath(corpus).read_text("utf-8").splitlines()]
    learnt = [text.casefold() for family in families for texts in family["texts"].values() for text in texts]
    assert len(learnt) > 1000
    near = {each.text: extractOne(each.text.casefold(), learnt, scorer=ratio) for each in SITUATIONS}
    assert {text: found[0] for text, found in near.items() if found[1] >= ALIKE} == {}
