"""Texts as words, with their places."""

import pytest

from catalog.names.folding import MAX_TEXT, is_foreign, words_of


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Erik Satie", ["erik", "satie"]),
        ("GYMNOPE\u0301DIE No.1", ["gymnopedie", "no", "1"]),
        ("ＡＢＣ", ["abc"]),
        ("Straße", ["strasse"]),
        ("Satie's", ["satie", "s"]),
        ("AC/DC", ["ac", "dc"]),
        ("Чайковский", ["chaikovskii"]),
        ("Θεοδωράκης", ["theodorakis"]),
        ("周杰伦", ["zhou", "jie", "lun"]),
        ("さくら!", ["sa", "ku", "ra"]),
        ("!!!", ["u21u21u21"]),
        ("a \u202e b", ["a", "b"]),
        ("", []),
        (" \x00 ", []),
    ],
)
def test_words(text: str, latin: list[str]) -> None:
    words = words_of(text)
    assert [word.latin for word in words] == latin
    assert all(text[word.start : word.end].strip() for word in words)


def test_signs_after_a_character_belong_to_it() -> None:
    words = words_of("วงดี")
    assert [(word.start, word.end) for word in words] == [(0, 1), (1, 2), (2, 4)]
    assert "".join(word.native for word in words) == "วงดี"


def test_only_the_beginning_is_read() -> None:
    assert len(words_of("ab " * MAX_TEXT)) == len(words_of("äb " * MAX_TEXT)) == -(-MAX_TEXT // 3)


@pytest.mark.parametrize(("text", "foreign"), [("Dvořák", False), ("Bach", False), ("Бах", True), ("サティ", True)])
def test_foreign_letters(text: str, *, foreign: bool) -> None:
    assert is_foreign(text) == foreign
