"""The alphabetical order of names."""

import pytest

from catalog.collation import LONGEST, OTHER, collated, initial


def test_names_follow_each_other_as_in_an_index() -> None:
    names = ["10cc", "The Beatles", "Björk", "Brahms", "Łódź", "Mötley", "Motörhead", "...Zero", "Ясность", "平静"]
    names.reverse()
    assert sorted(names, key=collated) == names[::-1]


def test_numbers_count_by_their_value() -> None:
    assert sorted(["Op. 10", "Op. 9", "Op. 009b", "Op. 100"], key=collated) == [
        "Op. 9",
        "Op. 009b",
        "Op. 10",
        "Op. 100",
    ]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("THE  Who", "who"),
        ("The The", "the"),
        ("The", "the"),
        ("A-ha", "a-ha"),
        ("An Pierlé", "pierle"),
        ("!!!", "!!!"),
    ],
)
def test_articles_and_signs_in_front_do_not_count_unless_there_is_nothing_else(name: str, order: str) -> None:
    assert collated(name) == order


def test_a_name_of_any_length_takes_little() -> None:
    assert len(collated("9 " * 100_000)) == LONGEST
    assert collated("") == ""


@pytest.mark.parametrize(("name", "letter"), [("The Ärzte", "A"), ("99", OTHER), ("", OTHER), ("鄧", "鄧")])
def test_letters_of_an_index(name: str, letter: str) -> None:
    assert initial(name) == letter
