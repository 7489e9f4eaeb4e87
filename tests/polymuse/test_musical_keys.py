"""Musical keys, as they are written in many ways."""

import pytest

from polymuse.musical_keys import Key, compatible, parse_camelot, parse_key


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("C", "C"),
        ("Am", "Am"),
        ("A#m", "Bbm"),
        ("bbm", "Bbm"),
        ("CM", "C"),
        ("cm", "Cm"),
        ("H", "B"),  # German
        ("Hm", "Bm"),
        ("h-moll", "Bm"),
        ("B-Dur", "Bb"),
        ("fis-moll", "F#m"),
        ("As-Dur", "Ab"),
        ("es-moll", "Ebm"),
        ("A minor", "Am"),
        (" a  min ", "Am"),
        ("A-flat major", "Ab"),
        ("F sharp minor", "F#m"),
        ("E♭m", "Ebm"),
        ("Ｆ♯ｍ", "F#m"),
        ("la mineur", "Am"),
        ("ré dièse mineur", "Ebm"),
        ("si bemol menor", "Bbm"),
        ("соль-диез минор", "G#m"),
        ("イ短調", "Am"),
        ("変ロ長調", "Bb"),
        ("升C小调", "C#m"),
        ("올림다단조", "C#m"),
        ("8A", "Am"),
        ("08a", "Am"),
        ("4A", "Fm"),
        ("12B", "E"),
        ("1m", "Am"),  # Open Key
        ("1d", "C"),
        ("6d", "B"),
    ],
)
def test_spellings(text: str, name: str) -> None:
    key = parse_key(text)
    assert key is not None
    assert key.name == name
    assert parse_key(name) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "o",
        "Cmaj7",
        "H#",
        "13A",
        "0A",
        "8C",
        "13Z",
        "Es",
        "as",
        "X",
        "C##",
        "A dorian",
        "A" * 1000,
        "A\0m",
        "🎵",
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert parse_key(text) is None


def test_all_keys_are_named_once_and_have_one_code_each() -> None:
    keys = [Key(tonic, minor) for tonic in range(12) for minor in (False, True)]
    assert [parse_key(key.name) for key in keys] == keys
    assert [parse_key(key.camelot) for key in keys] == keys
    assert {key.camelot for key in keys} == {f"{number}{letter}" for number in range(1, 13) for letter in "AB"}


def test_the_codes_of_the_wheel() -> None:
    """C major and its relative, A minor, are at 8; each fifth up is one hour later."""
    assert [key.camelot for key in (Key(0, False), Key(9, True), Key(7, False), Key(4, True))] == [
        *("8B", "8A", "9B", "9A"),
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("8A", ["8A", "7A", "9A", "8B"]), ("12A", ["12A", "11A", "1A", "12B"]), ("1B", ["1B", "12B", "2B", "1A"])],
)
def test_keys_that_mix(code: str, expected: list[str]) -> None:
    key = parse_camelot(code)
    assert key is not None
    assert [each.camelot for each in compatible(key)] == expected


@pytest.mark.parametrize("text", ["Am", "1m", "6d", "8", "A", "", "8AA", "8A" * 500])
def test_what_is_no_camelot_code(text: str) -> None:
    assert parse_camelot(text) is None


@pytest.mark.parametrize(
    ("text", "key"), [("la minör", Key(9, True)), ("đô trưởng", Key(0, False)), ("सी माइनर", Key(0, True))]
)
def test_names_of_every_language_that_texts_are_read_in(text: str, key: Key) -> None:
    assert parse_key(text) == key
