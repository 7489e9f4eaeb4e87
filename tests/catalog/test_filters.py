import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.field_types import MAX_NUMBER
from catalog.filters import SYNTAX, Filter, Range, TagTerm, parse_filter
from catalog.keys import fold
from polymuse.errors import UserError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Filter()),
        ("artist:bach", Filter(artists=("bach",))),
        ("artist:bach artist:händel", Filter(artists=("bach", "händel"))),
        ('album:"two words"', Filter(albums=("two words",))),
        (r'title:"a \"b\" \\ c"', Filter(titles=(r'a "b" \ c',))),
        ("genre:rock title:love", Filter(genres=("rock",), titles=("love",))),
        ("artist:AC/DC: artist:a:b", Filter(artists=("AC/DC:", "a:b"))),
        ("year:1995", Filter(years=(Range(1995, 1995),))),
        ("year:1990..2000", Filter(years=(Range(1990, 2000),))),
        ("year:1990..", Filter(years=(Range(1990, None),))),
        ("year:..1990", Filter(years=(Range(None, 1990),))),
        ("duration:60..240.5", Filter(durations=(Range(60, 240.5),))),
        ("tag:calm", Filter(tags=(TagTerm("calm", 0.5),))),
        ("tag:Calm>0.6 tag:trip-hop>=0.7", Filter(tags=(TagTerm("calm", 0.6), TagTerm("trip-hop", 0.7)))),
        ("has:vocals", Filter(stems=("vocals",))),
        ("path:/music/a", Filter(paths=("/music/a",))),
        (r"path:C:\Music", Filter(paths=("C:\\Music",))),
        ("-artist:bach", Filter(exclude=Filter(artists=("bach",)))),
        ('tag:calm -artist:"a b"', Filter(tags=(TagTerm("calm"),), exclude=Filter(artists=("a b",)))),
        ("artist:坂本龍一", Filter(artists=("坂本龍一",))),
    ],
)
def test_what_a_line_means(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    "term",
    ["jazz", "arranger:bach", "year:abc", "year:..", "duration:60", "artist:", "tag:calm>x", 'artist:""', "--artist:a"],
)
def test_a_wrong_term_is_named(term: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_filter(f"artist:bach {term} tag:calm")
    assert term in str(caught.value)


def test_an_unknown_field_lists_all_that_there_are() -> None:
    with pytest.raises(UserError) as caught:
        parse_filter("arranger:bach")
    assert all(syntax in str(caught.value) for syntax in SYNTAX.values())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('album:"two words', "quote"),
        ("year:2000..1990", "range"),
        ("year:nan..", "range"),
        (f"year:{'9' * 400}", "range"),
        (f"-disc:-{'9' * 400}..", "range"),
        (f"duration:..{'9' * 400}", "range"),
        ("year:1e300..", "range"),
        (f"year:{'9' * 5000}", "not a filter term"),
        (f"tag:calm>{'9' * 400}", "confidence"),
        ("tag:calm>1.5", "from 0 to 1"),
        ("tag:two,words", "not the name of a tag"),
        ("has:the-voice", "not the name of a stem"),
        ("path:music/a", "not absolute"),
    ],
)
def test_impossible_values(text: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        parse_filter(text)


def test_what_is_excluded_excludes_nothing() -> None:
    with pytest.raises(UserError, match="double negation"):
        Filter(exclude=Filter(exclude=Filter(artists=("a",))))


NAMES = st.text(min_size=1).filter(fold)
NUMBERS = st.floats(-MAX_NUMBER, MAX_NUMBER) | st.integers(-3000, 3000)
CONFIDENCES = st.floats(0, 1)


def ranges() -> st.SearchStrategy[Range]:
    both = st.tuples(NUMBERS, NUMBERS).map(sorted)
    return st.one_of(
        both.map(lambda ends: Range(*ends)),
        NUMBERS.map(lambda n: Range(n, None)),
        NUMBERS.map(lambda n: Range(None, n)),
    )


def terms() -> st.SearchStrategy[dict[str, object]]:
    several = st.lists
    return st.fixed_dictionaries(
        {},
        optional={
            "artists": several(NAMES).map(tuple),
            "albums": several(NAMES).map(tuple),
            "genres": several(NAMES).map(tuple),
            "titles": several(NAMES).map(tuple),
            "paths": several(st.text().map("/{}".format)).map(tuple),
            "years": several(ranges()).map(tuple),
            "durations": several(ranges()).map(tuple),
            "tags": several(st.builds(TagTerm, st.from_regex(r"[a-z0-9_-]+", fullmatch=True), CONFIDENCES)).map(tuple),
            "stems": several(st.from_regex(r"[a-z0-9_]+", fullmatch=True)).map(tuple),
        },
    )


@given(terms(), st.none() | terms())
def test_a_filter_survives_being_written_and_read(wanted: dict, unwanted: dict | None) -> None:
    exclude = Filter(**unwanted) if unwanted and any(unwanted.values()) else None
    where = Filter(**wanted, exclude=exclude)
    assert parse_filter(str(where)) == where


@given(st.text() | st.text(alphabet=':"\\.->artisyeg0 1'))
def test_any_line_is_a_filter_or_a_user_error(line: str) -> None:
    try:
        where = parse_filter(line)
    except UserError:
        return
    assert parse_filter(str(where)) == where
