import pytest

from catalog.understanding.asking import ReadText
from catalog.understanding.reading import understand
from catalog.understanding.understood import Understood, UnderstoodPart
from cli.understood import NEAREST, say_match, say_understood, understood_as_dicts


def read(text: str) -> ReadText:
    return ReadText(understand(text, ()), "")


def test_more_than_sound_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_understood([read("piano before 1900, no drums")])
    assert capsys.readouterr().err == (
        "Understood: sound piano; only year:..1899; not sound drums. --literal takes the words as they are.\n"
    )


def test_names_and_likeness_say_of_what(capsys: pytest.CaptureFixture[str]) -> None:
    parts = (
        UnderstoodPart("name", 0, 1, "Satie", field="artist"),
        UnderstoodPart("name", 2, 3, "Clara", wanted=False, field="artist"),
        UnderstoodPart("like", 4, 5, "Rain", field="title"),
        UnderstoodPart("limit", 6, 7, "year:1999", wanted=False, field="year"),
    )
    say_understood([ReadText(Understood("a b c d", parts), "")])
    said = "the artist Satie; not the artist Clara; like title Rain; not any year:1999"
    assert capsys.readouterr().err == f"Understood: {said}. --literal takes the words as they are.\n"


def test_names_from_foreign_files_are_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    part = UnderstoodPart("name", 0, 1, "\x1b]0;gone\x07", field="artist")
    say_understood([ReadText(Understood("a", (part,)), "")])
    assert "\x1b" not in capsys.readouterr().err


def test_sound_alone_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    say_understood([read("calm piano")])
    assert capsys.readouterr().err == ""
    assert understood_as_dicts([read("calm piano")]) == []


def test_for_programs() -> None:
    [found] = understood_as_dicts([read("before 1900")])
    assert found["text"] == "before 1900"
    assert found["parts"] == [
        {
            "kind": "limit",
            "start": 0,
            "end": 11,
            "value": "year:..1899",
            "wanted": True,
            "field": "year",
            "exact": True,
        }
    ]


@pytest.mark.parametrize("match", ["good", "weak", "chance", None])
def test_only_what_is_not_good_is_said(match: object, capsys: pytest.CaptureFixture[str]) -> None:
    say_match(match)  # pyright: ignore[reportArgumentType]  # each of them is a Match or None
    assert capsys.readouterr().err.strip() == NEAREST.get(str(match), "")
