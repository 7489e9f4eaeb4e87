import json

import pytest

from polymuse.text import (
    MAX_LYRICS,
    MAX_TEXT,
    clean,
    clean_lines,
    for_cell,
    for_json,
    for_playlist,
    for_terminal,
)


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("爱你一万年 – Café 🎸", "爱你一万年 – Café 🎸"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("caf\udce9", r"caf\xe9"),
        ("\x9bA\x85", r"\x9bA\x85"),
        ("\u202egpj.mp3", r"\u202egpj.mp3"),
        ("\ud800", r"\ud800"),
        ("שלום", "שלום"),
    ],
)
def test_a_terminal_shows_one_line_and_obeys_nothing(text: str, shown: str) -> None:
    assert for_terminal(text) == shown
    assert shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb\udcff", r"a\nb\xff"), ("\r\n=1", r"\r\n=1"), ("\t=1", r"\t=1"), ("a\u2028=1", r"a\u2028=1")],
)
def test_a_cell_is_one_line(text: str, shown: str) -> None:
    assert for_cell(text) == shown


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://a","b")',
        "@SUM(1)",
        "+1+1",
        "-1+1",
        "-",
        " =1",
        "\u3000\u00a0=1",
        "\u200b=1",
        "\ufeff \u2060@a",
        "\u00ad+1+1",
        "\U000e0020=1",
        "＝1",
        "＋a",
        "－a",
        "＠a",
        "﹦1",
        "-2 minutes",
    ],
)
def test_a_cell_is_no_formula(formula: str) -> None:
    assert for_cell(formula) == f"'{formula}"


@pytest.mark.parametrize("text", ["", "1", "-0.25", "+3", "A = B", "/music/-a.mp3", "'=1", "–1"])
def test_other_cells_are_left_alone(text: str) -> None:
    assert for_cell(text) == text


def test_a_cell_does_not_speak_to_the_terminal() -> None:
    assert for_cell("a\x1b]0;x\x07\x9b\u202e") == r"a\x1b]0;x\x07\x9b\u202e"


def test_json_does_not_speak_to_the_terminal() -> None:
    value = {"path": "/m/\x1b]0;x\x9b2J\x7f\u202e\u2028\udce9 卡农\n"}
    line = for_json(json.dumps(value, ensure_ascii=False))
    assert all(character.isprintable() for character in line)
    assert "卡农" in line
    assert json.loads(line) == value


def test_a_playlist_has_one_line_for_each_name() -> None:
    assert for_playlist("a\r\nb\udcff") == "a b\udcff"
