"""Which texts are no words of any language."""

import json

import pytest

from benchmarks.train_situations import CORPUS, counterexamples
from models.starter.gibberish import is_gibberish, is_readable


@pytest.mark.parametrize(
    "text", ["qwxz vrrpt klmfd", "zzkq jjhw", "QWXZ, vrrpt!", "asdf qwer zxcv", "the zxcvbnm qwrtpsd"]
)
def test_letters_that_no_language_writes_so_are_gibberish(text: str) -> None:
    assert is_gibberish(text)


@pytest.mark.parametrize(
    "text",
    [
        "rhythm",
        "Rachmaninoff",
        "Krzysztof Szymanowski",
        "nhạc nền cho quán cà phê",
        "schwarze Nächte an der Küste",
        "gün batımında çığlık çığlığa",
        "120 bpm",
        "판타지 TRPG, 용과 마주한 용사들",
        "зззз ккк",
        "",
    ],
)
def test_words_other_scripts_and_short_words_are_not(text: str) -> None:
    assert not is_gibberish(text)


def test_one_odd_word_among_others_is_no_gibberish() -> None:
    """Seventeen of twenty-one letters are in the two words that can be read."""
    assert not is_readable("zzkq")
    assert not is_gibberish("candlelight dinner zzkq")


def test_no_sentence_of_the_corpus_is_gibberish() -> None:
    families = map(json.loads, CORPUS.read_text("utf-8").splitlines())
    sentences = [text for family in families for texts in family["texts"].values() for text in texts]
    assert [text for text in sentences if is_gibberish(text)] == []


def test_no_text_in_english_about_anything_else_is() -> None:
    """They are not among the words that the groups are counted in."""
    assert [text for text in counterexamples("learnt") if is_gibberish(text)] == []
