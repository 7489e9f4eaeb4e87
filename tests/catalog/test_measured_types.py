"""Filters on tempo, key, loudness and energy, over each engine and over HTTP."""

import pytest
from pydantic import ValidationError

from catalog.catalog import Catalog
from catalog.engine import AnyOf, Between, Match
from catalog.fields import FIELDS
from catalog.filters import parse_filter
from catalog.measured_types import TempoRange
from polymuse.errors import UserError
from search_api.queries import Terms
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import number_of
from tests.helpers.measured import measured


def found(catalog: Catalog, where: str) -> list[int]:
    return [number_of(track) for track in catalog.tracks(parse_filter(where))]


def test_tempo(catalog: Catalog, entry: MakeEntry) -> None:
    tempi = (60.0, 119.96, 120.4, 122.0, 240.0)
    catalog.upsert([entry(n, measured=measured(bpm=bpm)) for n, bpm in enumerate(tempi, 1)])
    catalog.upsert([entry(6, measured=measured(bpm=None)), entry(7)])
    assert found(catalog, "bpm:120..126") == [2, 3, 4]  # 119.96 is shown as 120.0
    assert found(catalog, "bpm:120") == [2, 3]
    assert found(catalog, "bpm:~120") == [1, 2, 3, 4, 5]
    assert found(catalog, "bpm:~59..61") == [1, 2, 3, 4]
    assert found(catalog, "-bpm:..200") == [5, 6, 7]
    assert found(catalog, "bpm:..60 bpm:200..") == [1, 5]
    assert catalog.facets("bpm") == {"120..129.9": 3, "240..249.9": 1, "60..69.9": 1}
    for band, tracks in catalog.facets("bpm").items():
        assert catalog.count(parse_filter(f"bpm:{band}")) == tracks


def test_the_tag_of_a_file_wins_over_what_is_measured(catalog: Catalog, entry: MakeEntry) -> None:
    measures = measured(bpm=120.0, key="Am")
    tags = ({"tag_bpm": 90.0, "tag_key": "H"}, {"tag_bpm": 0.0, "tag_key": "o"}, {})
    catalog.upsert([entry(n, measured=measures, **each) for n, each in enumerate(tags, 1)])
    catalog.upsert([entry(4, tag_bpm=90.0, tag_key="4A")])
    assert found(catalog, "bpm:90") == [1, 4]
    assert found(catalog, "bpm:120") == [2, 3]
    assert found(catalog, "key:B") == [1]
    assert found(catalog, "key:Am") == [2, 3]
    assert catalog.facets("key") == {"Am": 2, "B": 1, "Fm": 1}
    assert catalog.facets("camelot") == {"8A": 2, "1B": 1, "4A": 1}


def test_keys(catalog: Catalog, entry: MakeEntry) -> None:
    keys = ("Am", "Em", "Dm", "C", "Bbm", "")
    catalog.upsert([entry(n, measured=measured(key=key)) for n, key in enumerate(keys, 1)])
    assert found(catalog, "key:A#m") == found(catalog, 'key:"b flat minor"') == found(catalog, "camelot:3a") == [5]
    assert found(catalog, "compatible:8A") == found(catalog, "compatible:Am") == [1, 2, 3, 4]
    assert found(catalog, "compatible:8A -key:Am") == [2, 3, 4]
    assert found(catalog, "-compatible:8A") == [5, 6]


def test_loudness_and_energy(catalog: Catalog, entry: MakeEntry) -> None:
    values = ((-20.0, 0.1), (-14.0, 0.5), (-8.5, 1.0), (None, None))
    catalog.upsert([entry(n, measured=measured(loudness=a, energy=b)) for n, (a, b) in enumerate(values, 1)])
    assert found(catalog, "loudness:-14..-8") == [2, 3]
    assert found(catalog, "energy:0.5..") == [2, 3]
    assert found(catalog, "-energy:..1") == [4]


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("bpm:120", "bpm:119.5..120.5"),
        ("bpm:~120", "bpm:~117.6..122.4"),
        ("bpm:~118..126", "bpm:~118..126"),
        ("bpm:0.2", "bpm:0..0.7"),
        ("key:a-moll", "key:Am"),
        ("camelot:08a", "camelot:8A"),
        ("compatible:Am", "compatible:8A"),
        ("loudness:-14.5..-8", "loudness:-14.5..-8"),
    ],
)
def test_a_filter_is_written_as_it_is_read(text: str, again: str) -> None:
    assert str(parse_filter(text)) == again
    assert parse_filter(again) == parse_filter(text)


@pytest.mark.parametrize(
    "term",
    [
        *(
            "bpm:abc",
            "bpm:-3",
            "bpm:0",
            "bpm:nan",
            "bpm:inf",
            "bpm:..",
            "bpm:~",
            "bpm:~..",
            "bpm:126..118",
            "bpm:-5..9",
        ),
        *("bpm:1e999", "key:H#", "key:o", f"key:{'A' * 1000}", "key:", "camelot:13Z", "camelot:Am", "camelot:8"),
        *("compatible:13Z", "loudness:loud", "loudness:-14", "loudness:nan..", "energy:..", "energy:0.5"),
    ],
)
def test_terms_that_mean_nothing(term: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_filter(term)
    assert caught.value.advice
    assert len(str(caught.value)) < 400


def test_terms_over_http() -> None:
    terms = {
        "tempi": [{"low": 118, "high": 126, "octaves": True}],
        "keys": ["a-moll"],
        "camelot_codes": ["8a"],
        "compatible_keys": ["Am"],
        "loudness": [{"low": -14}],
        "energies": [{"low": 0.5}],
    }
    asked = Terms.model_validate(terms).to_filter()
    same = parse_filter("bpm:~118..126 key:a-moll camelot:8a compatible:Am loudness:-14.. energy:0.5..")
    for attribute, values in terms.items():
        field = FIELDS[attribute]
        assert len(values) == 1
        assert field.conditions(getattr(asked, attribute)) == field.conditions(getattr(same, attribute))


@pytest.mark.parametrize(
    "terms", [{"keys": ["H#"]}, {"camelot_codes": ["13Z"]}, {"tempi": [{"low": -3}]}, {"tempi": [{}]}]
)
def test_terms_that_mean_nothing_over_http(terms: dict) -> None:
    with pytest.raises((UserError, ValidationError)):
        Terms.model_validate(terms).to_filter()


def test_conditions_of_a_tempo_and_its_octaves() -> None:
    """60 to 62 BPM, half of it 30 to 31, and double 120 to 124."""
    [condition] = FIELDS["tempi"].conditions([TempoRange(60, 62, octaves=True)])
    assert condition == AnyOf((Between("bpm", 60, 62), Between("bpm", 30, 31), Between("bpm", 120, 124)))
    assert FIELDS["compatible_keys"].conditions(["8A"]) == [Match("camelot", ("8A", "7A", "9A", "8B"))]
