import pytest

from catalog.names.found_name import FoundName
from catalog.understanding.reading import understand
from catalog.understanding.rewriting import literal, turned, without
from tests.catalog.understanding.helpers import read


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("sad songs by Satie without drums", 0, "songs by Satie without drums"),
        ("sad songs by Satie without drums", 1, "sad songs without drums"),
        ("sad songs by Satie without drums", 2, "sad songs by Satie"),
        ("before 1750, after 1600", 0, "after 1600"),
        ("calm", 0, ""),
        ("no drums, guitar or vocals", 0, '-"guitar" -"vocals"'),
        ("Yesterday by the Beatles", 1, 'title:"Yesterday"'),
    ],
)
def test_without_a_part(text: str, number: int, expected: str) -> None:
    assert without(read(text), number) == expected


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("calm piano by Satie", 0, '-"calm piano" by Satie'),
        ("calm piano by Satie", 1, 'calm piano -artist:"Erik Satie"'),
        ("piano without drums", 1, 'piano "drums"'),
        ("calm, from the 80s", 1, "calm, -year:1980..1989"),
        ("like Greensleeves", 0, '-like:"Greensleeves"'),
        ("not like Greensleeves", 0, 'like:"Greensleeves"'),
    ],
)
def test_a_part_turned_round(text: str, number: int, expected: str) -> None:
    assert turned(read(text), number) == expected


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("calm by Satie", 1, 'calm "by Satie"'),
        ("before 1750", 0, '"before 1750"'),
        ('like:"Greensleeves"', 0, '"Greensleeves"'),
        ('say "a \\"b\\""', 1, 'say "a \\"b\\""'),
    ],
)
def test_a_part_as_mere_sound(text: str, number: int, expected: str) -> None:
    assert literal(read(text), number) == expected


def test_a_name_of_two_fields_keeps_its_field() -> None:
    names = [FoundName(field, "Blue", 13, 17, 0, True, 1) for field in ("title", "artist")]
    assert turned(understand('like:artist:"Blue"', names), 0) == '-like:artist:"Blue"'
