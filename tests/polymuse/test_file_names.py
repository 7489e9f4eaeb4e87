import os
from pathlib import Path

import pytest

from polymuse.file_names import file_name, is_plain, same_file_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("爱你一万年 – Café 🎸", "爱你一万年 – Café 🎸"),
        ("Mr. Sandman", "Mr. Sandman"),
        ("", "_"),
        (".", "_"),
        ("..", "__"),
        ("...", "__"),
        ("../../etc", "_._.._etc"),
        (".hidden", "_hidden"),
        ("What?", "What_"),
        ("AC/DC: Live", "AC_DC_ Live"),
        ("a\\b", "a_b"),
        ("\x1b]0;x\n", "_]0;x_"),
        ("caf\udce9", "caf_"),
        ("\u202egpj", "_gpj"),
        ("etc...", "etc_"),
        ("  a  ", "a"),
        ("a. .", "a_"),
        ("CON", "_CON"),
        ("con", "_con"),
        ("nul.tar", "_nul.tar"),
        ("LPT³", "_LPT³"),
        ("Conan", "Conan"),
        ("COM10", "COM10"),
    ],
)
def test_every_system_can_store_the_name(name: str, safe: str, tmp_path: Path) -> None:
    assert file_name(name) == safe
    assert file_name(safe) == safe
    (tmp_path / safe).mkdir()
    assert [each.name for each in tmp_path.iterdir()] == [safe]


def test_names_are_shortened_at_a_character() -> None:
    assert file_name("a", " [1]") == "a [1]"
    assert file_name("é" * 200, " [1]") == "é" * 125 + " [1]"
    assert len(os.fsencode(file_name("x" * 300, ".wav"))) == 255
    assert file_name("x" * 254 + ". y") == "x" * 254 + "_"


def test_names_that_some_system_takes_for_one() -> None:
    assert same_file_name("CAFÉ") == same_file_name("Cafe\u0301".lower())
    assert same_file_name("a") != same_file_name("b")


@pytest.mark.parametrize("name", ["starter", "clamp3", "f" * 64, "My-model_2"])
def test_plain_names(name: str) -> None:
    assert is_plain(name)


@pytest.mark.parametrize("name", ["", "..", "a/b", "-a", "a b", "é", "a\n", "x" * 129, None, 7, b"a"])
def test_names_that_are_not_plain(name: object) -> None:
    assert not is_plain(name)
