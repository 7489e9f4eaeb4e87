"""What the library and the queries of data/eval/names.jsonl must keep to, so that their figures mean what they say."""

import unicodedata
from collections import Counter
from pathlib import Path

from rapidfuzz.distance import OSA
from text_unidecode import unidecode

import data
from catalog.keys import fold
from cli.evaluation.names_file import NameQuery, read_names
from models.starter.concepts import load_concepts

SET = read_names(Path(data.__file__).with_name("eval") / "names.jsonl")
TYPOS = {"typo": 1, "typo2": 2}


def plain(text: str) -> str:
    """Letters without accents, and single spaces in place of all that is neither letter nor digit."""
    letters = fold(unidecode(text.replace("'", "")))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def typos(query: NameQuery) -> int:
    """Fewest edits, one swap of neighbours being one: of the letters in the Latin script, of what is written in others.

    Chinese characters of one sound are the same in Latin letters, and another one is a typo all the same.
    """
    text, name = query.text, query.expected.value
    latin = all("LATIN" in unicodedata.name(letter) for letter in name if letter.isalpha())
    return OSA.distance(plain(text), plain(name)) if latin else OSA.distance(fold(text), fold(name.replace("-", " ")))


def test_four_hundred_tracks_and_two_hundred_queries() -> None:
    assert len(SET.tracks) == 400
    assert len({each.text for each in SET.queries}) == len(SET.queries) == 200
    assert set(Counter(each.language for each in SET.queries)) == set(load_concepts().languages)


def test_no_two_tracks_have_the_same_names() -> None:
    assert max(Counter((track.title, track.artist) for track in SET.tracks).values()) == 1


def test_typos_are_as_many_as_their_kind_says() -> None:
    wrong = {each.text: typos(each) for each in SET.queries if each.kind in TYPOS and typos(each) != TYPOS[each.kind]}
    assert wrong == {}


def test_every_kind_is_asked_for() -> None:
    counts = Counter(each.kind for each in SET.queries)
    assert set(counts) == {"exact", "typo", "typo2", "script", "order", "partial", "sentence"}
    assert min(counts.values()) >= 10
    assert counts["typo"] >= 50
