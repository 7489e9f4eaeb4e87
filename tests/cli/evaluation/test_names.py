"""Figures of names, worked out by hand."""

from dataclasses import replace

import pytest

from catalog.track import FileRef, Track
from cli.evaluation.names import NameScore, evaluate, names_of, score
from cli.evaluation.names_file import NameQuery
from cli.evaluation.parsing_file import Name
from tests.helpers.ids import id_of


def track(number: int, title: str) -> Track:
    return Track(id_of(number), (FileRef(f"/music/{number}.ogg", 1, 1),), title, 10.0, "vorbis")


ODEON = replace(track(1, "Odeon"), artist="Ernesto Nazareth", artists=("E. Nazareth",), composers=("E. N.",))
OTHERS = [track(number, f"No. {number}") for number in range(2, 6)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([ODEON, *OTHERS], NameScore(first=True, three=True)),
        ([*OTHERS[:2], ODEON], NameScore(first=False, three=True)),
        ([*OTHERS[:3], ODEON], NameScore(first=False, three=False)),
        ([], NameScore(first=False, three=False)),
    ],
)
def test_the_first_three_count(found: list[Track], expected: NameScore) -> None:
    assert score(Name(field="title", value="ODEON"), found) == expected


def test_the_names_of_a_track() -> None:
    fields = ("title", "artist", "album", "genre", "composer")
    assert ["Ernesto Nazareth" in names_of(ODEON, field) for field in fields] == [False, True, False, False, False]
    assert names_of(ODEON, "composer") == ("E. N.",)


def test_by_kind_and_language() -> None:
    expected = Name(field="artist", value="Ernesto Nazareth")
    asked = [("a", "pt", "typo"), ("b", "en", "exact"), ("c", "en", "typo")]
    queries = [NameQuery(text=text, language=code, kind=kind, expected=expected) for text, code, kind in asked]
    answers = {"a": [ODEON], "b": OTHERS, "c": [OTHERS[0], ODEON]}
    kinds, languages = evaluate(queries, lambda text, most: answers[text][:most])
    assert kinds.rows == {"typo": (2, 0.5, 1.0), "exact": (1, 0.0, 0.0), "all": (3, 1 / 3, 2 / 3)}
    assert list(kinds.rows) == ["typo", "exact", "all"]
    assert languages.rows == {"en": (2, 0.0, 0.5), "pt": (1, 1.0, 1.0), "all": (3, 1 / 3, 2 / 3)}
