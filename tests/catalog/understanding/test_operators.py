import pytest

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
