import pytest

from tests.catalog.understanding.helpers import brief, spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("like Greensleeves but sadder", ["like Greensleeves", "sound sad"]),
        ("like Greensleeves with more drums", ["like Greensleeves", "sound drums"]),
        ("like Greensleeves with less guitar", ["like Greensleeves", "-sound guitar"]),
        ("similar to Satie but without piano", ["like Erik Satie", "-sound piano"]),
        ("sounds like the Beatles", ["like The Beatles"]),
        ("not like Satie", ["-like Erik Satie"]),
        ("Deep Purple style guitar", ["like Deep Purple", "sound guitar"]),
        ("like rain on a roof", ["sound rain on a roof"]),
        ("some calm piano music from the 1880s", ["sound calm piano", "limit year:1880..1889"]),
        ("sad songs by Satie without drums", ["sound sad", "name Erik Satie", "-sound drums"]),
        ("songs from the 80s or 90s", ["limit year:1980..1989", "limit year:1990..1999"]),
        ("music", ["sound music"]),
        ("calmer", ["sound calmer"]),
        ("!?", ["sound !?"]),
        ("", []),
        (" \x00\u202e", []),
    ],
)
def test_texts_are_read_into_parts(text: str, expected: list[str]) -> None:
    assert brief(text) == expected


def test_words_without_a_meaning_of_their_own_belong_to_no_part() -> None:
    assert spans("please play some calm piano music by Satie") == ["calm piano", "by Satie"]
