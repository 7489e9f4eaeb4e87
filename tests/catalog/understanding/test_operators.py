import pytest

from catalog.names.found_name import FoundName
from catalog.understanding.operators import operators


def brief(text: str) -> list[tuple[str, str, str, bool]]:
    return [(each.kind, each.field, each.value, each.wanted) for each in operators(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"calm piano"', ("sound", "", "calm piano", True)),
        ('-"drums"', ("sound", "", "drums", False)),
        ("„ruhig“", ("sound", "", "ruhig", True)),
        ("「静か」な", ("sound", "", "静か", True)),
        ('like:"Für Elise"', ("like", "", "Für Elise", True)),
        ("-like:Satie", ("like", "", "Satie", False)),
        ('like:artist:"Erik Satie"', ("like", "artist", "Erik Satie", True)),
        ("artist:Blue", ("name", "artist", "Blue", True)),
        ('-album:"a \\"b\\""', ("name", "album", 'a "b"', False)),
        ("year:1990..2000", ("limit", "year", "year:1990..2000", True)),
        ("-year:..1990", ("limit", "year", "year:..1990", False)),
        ("Year:1990", ("limit", "year", "year:1990", True)),
        ("tag:calm>0.6", ("limit", "tag", "tag:calm>0.6", True)),
    ],
)
def test_operators(text: str, expected: tuple[str, str, str, bool]) -> None:
    assert brief(text) == [expected]
    assert brief(f"before {text} after") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        '7" and 12" vinyl',
        '"unclosed',
        '""',
        '" "',
        "note: calm",
        "year:x",
        "https://a.b",
        "artist: Blue",
        "a-b",
        "like:year:1990",
    ],
)
def test_what_only_looks_like_an_operator_is_left(text: str) -> None:
    assert brief(text) == []


def test_spans() -> None:
    text = 'calm -"drums" year:1990'
    assert [text[each.start : each.end] for each in operators(text)] == ['-"drums"', "year:1990"]


def test_a_word_with_a_minus_is_not_wanted() -> None:
    assert [(each.value, each.wanted) for each in operators("-vocals piano -drum-machine, slow")] == [
        ("vocals", False),
        ("drum-machine", False),
    ]
    for text in ("rock - live", "well-known", "-5 bpm", "--not", "- ", "a-b -", "-"):
        assert list(operators(text)) == []


def test_a_rare_name_with_a_minus_is_excluded() -> None:
    names = [FoundName("artist", "Erik Satie", 7, 12, 0, False, 3), FoundName("artist", "Blue", 14, 18, 0, True, 3)]
    found = [(each.kind, each.field, each.value) for each in operators("piano -satie -blue", names)]
    assert found == [("name", "artist", "Erik Satie"), ("sound", "", "blue")]
