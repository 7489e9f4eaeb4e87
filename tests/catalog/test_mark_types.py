"""The types of filter fields about marks; `test_marks.py` finds tracks by them."""

import pytest

from catalog.engine import Match
from catalog.fields import FIELDS, Filter
from catalog.filters import parse_filter
from catalog.marks import Marks
from catalog.track import Track
from polymuse.errors import UserError

MARKS = Marks(hidden_since="2026-11-30T12:00:00+00:00", wrong_tags=("sad",))
MARKED = Track("id", (), "Song", 1.0, "flac", marks=MARKS)


def test_hidden_tracks_have_a_flag() -> None:
    assert FIELDS["hidden"].payload(MARKED) == {"flags": ["hidden"]}
    assert FIELDS["hidden"].conditions(("yes",)) == [Match("flags", ("hidden",))]
    assert FIELDS["hidden"].conditions(("yes", "any")) == []


def test_wrong_tags_are_stored_and_matched() -> None:
    assert FIELDS["wrong_tags"].payload(MARKED) == {"wrong_tags": ["sad"]}
    assert FIELDS["wrong_tags"].conditions(("sad", "calm")) == [Match("wrong_tags", ("sad", "calm"))]
    assert str(parse_filter("wrong:SAD -wrong:calm hidden:any")) == "hidden:any wrong:sad -wrong:calm"


@pytest.mark.parametrize("where", ["hidden:no", "hidden:", "wrong:", 'wrong:"two words"', "favourite:any"])
def test_other_terms_are_refused(where: str) -> None:
    with pytest.raises(UserError):
        parse_filter(where)


def test_a_filter_from_elsewhere_is_checked() -> None:
    with pytest.raises(UserError):
        Filter(wrong_tags=("Sad!",))
