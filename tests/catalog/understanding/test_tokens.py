import pytest

from catalog.understanding.tokens import TokenKind, tokenise, without_accents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop", ["don", "'", "t", "stop"]),
        ("don’t", ["don", "'", "t"]),
        ("80s", ["80", "s"]),
        ("８０年代", ["80", "年", "代"]),
        ("१२० बीपीएम", ["120", "बीपीएम"]),
        ("من ١٩٩٠", ["من", "1990"]),
        ("ÉTÉ", ["été"]),
        ("e\u0301te\u0301", ["été"]),
        ("أغنيةٌ", ["اغنية"]),
        ("ピアノ", ["ピ", "ア", "ノ"]),
        ("F♯ – B♭", ["f", "#", "-", "b", "♭"]),
        ("a\x00b\u202ec", ["a", "bc"]),
        ("\ud800", []),
        ("", []),
    ],
)
def test_text_is_folded_into_words_numbers_and_signs(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokenise(text)] == expected


def test_tokens_know_their_place_and_whether_a_gap_precedes_them() -> None:
    year, decade = tokenise(" 80s")
    assert (year.start, year.end, year.kind, year.glued) == (1, 3, TokenKind.NUMBER, False)
    assert (decade.start, decade.end, decade.kind, decade.glued) == (3, 4, TokenKind.WORD, True)


def test_a_token_with_combining_marks_covers_them() -> None:
    (word,) = tokenise("e\u0301te\u0301")
    assert (word.start, word.end) == (0, 5)


def test_accents_are_left_out_and_other_letters_stay() -> None:
    assert without_accents("żółć não Đà") == "zolc nao Đa"
    assert without_accents("ガ한") == "ガ한"
