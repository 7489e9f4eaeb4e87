"""The table of filter fields, and what follows from it."""

import re
from dataclasses import fields

from catalog.fields import FACETS, FIELDS
from catalog.filters import Filter, parse_filter
from catalog.payload import TRACKS
from catalog.track import Track
from tests.helpers.paths import ROOT

DOCS = ROOT / "docs" / "searching.md"


def documented() -> str:
    """The table of docs/searching.md. A term is all in front of what explains it in parentheses."""
    rows = ["| term | matches | of several |", "|---|---|---|"]
    for each in FIELDS.values():
        terms = re.sub(rf"{each.name}:\S+", lambda term: f"`{term[0]}`", each.syntax)
        rows.append(f"| {terms} | {each.matches} | {'all' if each.all_must_hold else 'one'} |")
    return "\n".join([*rows, "| `-artist:NAME` | a leading minus excludes | none |"])


def test_the_documentation_has_every_field() -> None:
    table = documented()
    assert f"<!-- filter fields -->\n\n{table}\n\n<!-- end -->" in DOCS.read_text("utf-8"), f"paste:\n{table}"


def test_every_attribute_of_a_filter_has_a_row() -> None:
    assert [*FIELDS, "exclude"] == [each.name for each in fields(Filter)]


def test_names_are_unique() -> None:
    assert len({each.name for each in FIELDS.values()}) == len(FIELDS)
    assert len(FACETS) == sum(each.facet is not None for each in FIELDS.values())


def test_what_is_matched_and_counted_has_an_index() -> None:
    indexed = {*TRACKS.keywords, *TRACKS.numbers}
    for facet in FACETS.values():
        assert facet.key in indexed


def test_the_syntax_is_one_that_is_read() -> None:
    for attribute, each in FIELDS.items():
        for term in re.findall(rf"{each.name}:\S+", each.syntax.lower()):
            where = parse_filter(term.replace("stem", "vocals").replace("name", "calm"))
            assert getattr(where, attribute)


def test_what_is_restored_is_an_attribute_of_a_track() -> None:
    track = Track("id", (), "Title", 12.5, "flac", "Artist", "Album", 1995, ("Pop",))
    for each in FIELDS.values():
        payload = each.payload(track)
        assert all(getattr(track, name) == value for name, value in each.restore(payload).items())
