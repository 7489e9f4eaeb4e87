from catalog.filters import parse_filter
from catalog.understanding.narrowing import narrowed


def narrow(where: str, wanted: list[str], unwanted: list[str] | None = None) -> str:
    return str(narrowed(parse_filter(where), [*map(parse_filter, wanted)], [*map(parse_filter, unwanted or [])]))


def test_limits_are_added_and_several_of_one_field_are_alternatives() -> None:
    assert narrow("genre:jazz", ["year:1980..1989", "year:1990..1999"]) == str(
        parse_filter("genre:jazz year:1980..1989 year:1990..1999")
    )


def test_an_open_start_and_an_open_end_make_one_range() -> None:
    assert narrow("", ["year:..1749", "year:1601.."]) == "year:1601..1749"
    assert narrow("", ["year:1990..", "year:..1980"]) == "year:1990.. year:..1980"


def test_ranges_of_the_filter_are_cut() -> None:
    assert narrow("year:1985..1995", ["year:1980..1989"]) == "year:1985..1989"


def test_ranges_that_do_not_meet_match_nothing() -> None:
    assert narrow("year:1985..1995", ["year:2000..2009"]) == "year:1985..1995 -year:..1999 -year:2010.."


def test_unwanted_limits_are_excluded_and_tags_must_all_hold() -> None:
    assert narrow("tag:calm -year:1990", ["tag:sad"], ["year:1980..1989"]) == str(
        parse_filter("tag:calm tag:sad -year:1990 -year:1980..1989")
    )


def test_of_other_fields_the_filter_counts() -> None:
    assert narrow("path:/a", ["path:/b"]) == "path:/a"
