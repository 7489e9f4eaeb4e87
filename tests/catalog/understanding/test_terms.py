from catalog.filters import Filter, Range
from catalog.understanding.terms import term, to_filter


def test_a_term_is_read_back_whatever_its_value() -> None:
    for name in ("Blue", "Erik Satie", 'a "b" \\ c', '"', "a:b"):
        assert to_filter(term("artist", name)) == Filter(artists=(name,))


def test_a_field_that_does_not_exist_gives_no_filter() -> None:
    assert to_filter("colour:blue") is None
    assert to_filter("year:1990..2000") == Filter(years=(Range(1990, 2000),))
