import pytest

from indexer.file_tags.text import MAX_LYRICS, MAX_TEXT, clean, clean_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t b\r\n", "a b"),
        ("a\x00b\x1bc\x7f", "a b c"),
        ("Cafe\u0301", "Café"),  # NFD -> NFC
        ("abc\u202egpj.", "abcgpj."),  # right-to-left override
        ("👨‍👩‍👧", "👨‍👩‍👧"),  # the joiners inside an emoji stay
        ("a\udcffb", "a\ufffdb"),
        ("\ufeffa", "a"),
        ("x" * 10_000, "x" * MAX_TEXT),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_lines_stay_lines() -> None:
    assert clean_lines("\n[00:01.00] One \r\n\r\nT\x1bwo\u202e\n\n") == "[00:01.00] One\n\nT wo"


def test_lyrics_are_bounded() -> None:
    assert len(clean_lines("la la\n" * 1_000_000)) <= MAX_LYRICS
