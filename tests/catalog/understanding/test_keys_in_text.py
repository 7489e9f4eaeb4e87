import pytest

from catalog.understanding.keys_in_text import camelot_at, keys_at
from catalog.understanding.query_words import query_words
from catalog.understanding.tokens import tokenise


def key(text: str) -> str | None:
    """The key that the whole text is."""
    tokens = tokenise(text)
    found = keys_at(tokens, 0, query_words().keys)
    return found[0][1].name if found and found[0][0] == len(tokens) else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A minor", "Am"),
        ("a minor", "Am"),
        ("Am", "Am"),
        ("F#", "F#"),
        ("F#m", "F#m"),
        ("F♯ minor", "F#m"),
        ("C sharp minor", "C#m"),
        ("C-sharp minor", "C#m"),
        ("Bb major", "Bb"),
        ("B flat", "Bb"),
        ("D♭", "Db"),
        ("Ebm", "Ebm"),
        ("a-Moll", "Am"),
        ("Cis-Dur", "Db"),
        ("B-Dur", "Bb"),
        ("h-moll", "Bm"),
        ("Es Dur", "Eb"),
        ("A# minor", "Bbm"),
    ],
)
def test_keys_by_their_usual_name(text: str, expected: str) -> None:
    assert key(text) == expected


@pytest.mark.parametrize("text", ["H#", "H minor", "J major", "Cis sharp", "minor", "am", "A moll minor"])
def test_what_is_no_key(text: str) -> None:
    assert key(text) is None


def test_camelot_codes_go_from_1_to_12() -> None:
    assert camelot_at(tokenise("8A"), 0) == [(2, "8A")]
    assert camelot_at(tokenise("12b"), 0) == [(2, "12B")]
    for text in ("13A", "0A", "8C", "8 A", "08A", "8"):
        assert camelot_at(tokenise(text), 0) == []
