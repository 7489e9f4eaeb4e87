"""What the sentences of data/eval/situations.jsonl must keep to, so that their figures mean what they say."""

from collections import Counter
from pathlib import Path

import data
from benchmarks.train_situations import CORPUS, read_corpus
from cli.evaluation.situations_file import read_situations
from models.starter.concepts import load_concepts
from models.starter.query_reader import Named, QueryReader

TABLE = load_concepts()
SITUATIONS = read_situations(Path(data.__file__).with_name("eval") / "situations.jsonl")


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


def test_no_sentence_is_one_that_the_starter_profile_learnt_from() -> None:
    learnt = {sentence.text.casefold() for sentence in read_corpus(CORPUS)}
    assert [each.text for each in SITUATIONS if each.text.casefold() in learnt] == []
