"""What the sentences of data/eval/parsing*.jsonl must keep to, so that their figures mean what they say."""

from collections import Counter
from pathlib import Path

import data
from catalog.filters import Filter, parse_filter
from cli.evaluation.parsing_file import read_sentences
from models.starter.concepts import load_concepts

SETS = Path(data.__file__).with_name("eval")
SENTENCES = read_sentences(SETS / "parsing.jsonl")
FRESH = read_sentences(SETS / "parsing_fresh.jsonl")
TYPED = read_sentences(SETS / "parsing_typed.jsonl")
TYPED_FRESH = read_sentences(SETS / "parsing_typed_fresh.jsonl")
ALL = (*SENTENCES, *FRESH, *TYPED, *TYPED_FRESH)
NAMES = {"artist", "album", "title", "genre", "composer"}


def test_many_different_sentences_in_every_language() -> None:
    assert len({each.text for each in SENTENCES}) == len(SENTENCES) == 314
    counts = Counter(each.language for each in SENTENCES)
    assert set(counts) == set(load_concepts().languages)
    assert min(counts.values()) >= 12
    assert (counts["en"], counts["zh"]) == (85, 42)


def test_fresh_sentences_are_others_in_every_language() -> None:
    assert len({each.text for each in ALL}) == len(ALL) == 314 + 110 + 120 + 60
    for sentences, least in ((FRESH, 6), (TYPED, 5), (TYPED_FRESH, 1)):
        counts = Counter(each.language for each in sentences)
        assert set(counts) == set(load_concepts().languages)
        assert min(counts.values()) >= least


def test_every_kind_is_asked_for_and_refused() -> None:
    counts = Counter((part.kind, part.wanted) for each in SENTENCES for part in each.parts)
    assert set(counts) == {(kind, wanted) for kind in ("sound", "name", "like", "limit") for wanted in (True, False)}


def test_names_and_likeness_are_those_of_the_library() -> None:
    for each in ALL:
        there = {(name.field, name.value) for name in each.names}
        for part in each.parts:
            if part.kind in ("name", "like"):
                assert (part.field, part.value) in there, each.text


def test_fields_say_what_the_value_is() -> None:
    for each in ALL:
        for meaning in (meaning for part in each.parts for meaning in part.meanings):
            if meaning.kind == "sound":
                assert not meaning.field, each.text
            elif meaning.kind == "limit":
                assert meaning.value.startswith(f"{meaning.field}:"), each.text
                assert parse_filter(meaning.value) != Filter(), each.text
            else:
                assert meaning.field in NAMES, each.text


def test_enough_sentences_are_nothing_but_sound_and_have_names_that_lure() -> None:
    only_sound = [each for each in SENTENCES if all(part.kind == "sound" and part.wanted for part in each.parts)]
    assert len(only_sound) >= 40
    assert sum(bool(each.names) for each in only_sound) >= 30
