from collections import Counter

import pytest

from catalog.names.found_name import FoundName, NameField
from catalog.names.index import NameIndex
from catalog.understanding.reading import understand
from tests.catalog.understanding.helpers import brief


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Satie", ["name Erik Satie"]),
        ("greensleeves", ["name Greensleeves"]),
        ("calm greensleeves", ["sound calm", "name Greensleeves"]),
        ("by Blue", ["name Blue"]),
        ("not by Blue", ["-name Blue"]),
        ("the artist Live", ["name Live"]),
        ("songs by No", ["name No"]),
        ("by C", ["name C"]),
        ("by The The", ["name The The"]),
        ("The The", ["name The The"]),
        ("deep purple", ["name Deep Purple"]),
        ("loud deep purple", ["sound loud", "name Deep Purple"]),
        ("nothing else matters", ["name Nothing Else Matters"]),
        ("Yesterday by the Beatles", ["name Yesterday", "name The Beatles"]),
        ("the song Yesterday", ["name Yesterday"]),
        ("from Abbey Road", ["name Abbey Road"]),
        ("the genre jazz", ["name Jazz"]),
        ('play the song "Yesterday"', ["name Yesterday"]),
        ("《Yesterday》", ["name Yesterday"]),
        ("yesterday beatles", ["name Yesterday", "name The Beatles"]),
    ],
)
def test_names_that_are_surely_meant(text: str, expected: list[str]) -> None:
    assert brief(text) == expected


@pytest.mark.parametrize(
    "text",
    ["blue piano", "blue", "live", "acoustic guitar", "jazz", "calm song for you", "yesterday", "c", "piano, no"],
)
def test_common_words_are_no_names(text: str) -> None:
    assert {each.split()[0] for each in brief(text)} == {"sound"}


def test_a_typo_is_forgiven_in_a_word_that_is_no_other() -> None:
    def kinds(text: str, value: str) -> list[str]:
        found = FoundName("title", value, 0, len(text), 1, True, 1)
        return [f"{part.kind} {part.exact}" for part in understand(text, [found]).parts]

    assert kinds("greensleves", "Greensleeves") == ["name False"]
    assert kinds("piano", "Piana") == ["sound True"]


def test_names_that_cover_parts_of_words_are_left() -> None:
    assert understand("saties", [FoundName("artist", "Satie", 0, 5, 0, True, 1)]).parts[0].kind == "sound"


LIBRARY: tuple[tuple[NameField, str], ...] = (
    ("artist", "Blue"),
    ("artist", "BTS"),
    ("artist", "Chicago"),
    ("artist", "Daft Punk"),
    ("artist", "Queen"),
    ("artist", "Quiet Harbour Ensemble"),
    ("artist", "Чайковский"),
    ("artist", "Tricky"),
    ("title", "봄날"),
    ("title", "散歩道"),
    ("title", "Зимний лес"),
    ("title", "Bohemian Rhapsody"),
    ("title", "City"),
    ("title", "Piano"),
    ("title", "Something"),
    ("title", "The Four Seasons: Spring"),
    ("album", "OK Computer"),
)
INDEX = NameIndex(Counter(dict.fromkeys(LIBRARY, 1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("like city but calmer", ["like City", "sound calm"]),
        ("wie city, aber trauriger", ["like City", "sound traurig"]),
        ("like city", ["sound city"]),
        ("like piano but calmer", ["sound piano but calmer"]),
        ("something by daft punk", ["name Daft Punk"]),
        ("piano by daft punk", ["sound piano", "name Daft Punk"]),
        ("piano music by daft punk", ["sound piano", "name Daft Punk"]),
        ("best of queen", ["name Queen"]),
        ("chicago", ["name Chicago"]),
        ("songs by chicago", ["name Chicago"]),
        ("chicago blues", ["sound chicago blues"]),
        ("чайковский чайковский", ["name Чайковский", "name Чайковский"]),
        ("like daft punk or чайковский", ["like Daft Punk", "like Чайковский"]),
        ("like daft punk and by чайковский", ["like Daft Punk", "name Чайковский"]),
        ("daft punkとчайковскийみたいな曲", ["like Daft Punk", "like Чайковский"]),
        ("sonething like queen", ["sound sonething like queen"]),
        ("sad blue songs by blue", ["sound sad blue", "name Blue"]),
        ("queen bohemian rhapsody", ["name Queen", "name Bohemian Rhapsody"]),
        ("BTS 봄날", ["name BTS", "name 봄날"]),
        ("BTS", ["name BTS"]),
        ("ok computer album", ["name OK Computer"]),
        ("like the four seasons but on guitar", ["like The Four Seasons: Spring", "sound guitar"]),
        ("quiet harbor ensemble", ["name Quiet Harbour Ensemble"]),
        ("песни чайковского", ["name Чайковский"]),
        ("sth by daft punk or tricky", ["name Daft Punk", "name Tricky"]),
        ("tricky or easy", ["sound tricky or easy"]),
        ("зимний лес ночью", ["sound зимний лес ночью"]),
        ("зимний лес чайковский", ["name Зимний лес", "name Чайковский"]),
        ("зимний лес", ["name Зимний лес"]),
        ("雨上がりの散歩道", ["sound 雨上がりの散歩道"]),
        ("散歩道", ["name 散歩道"]),
    ],
)
def test_names_as_the_library_finds_them(text: str, expected: list[str]) -> None:
    parts = understand(text, [name for _, name in INDEX.find(text)]).parts
    assert [f"{part.kind} {part.value}" for part in parts] == expected


def test_a_name_that_a_text_says_twice_may_be_excluded_from_its_likeness() -> None:
    def brief_of(text: str) -> list[tuple[str, str, bool]]:
        parts = understand(text, [name for _, name in INDEX.find(text)]).parts
        return [(part.kind, part.value, part.wanted) for part in parts]

    expected = [("like", "Daft Punk", True), ("name", "Daft Punk", False)]
    assert brief_of("like daft punk but not daft punk") == expected
    assert brief_of("sounds like daft punk but isn't daft punk") == expected
