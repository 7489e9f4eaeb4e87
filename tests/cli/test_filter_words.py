"""Tags and stems of a filter that do not exist."""

from collections.abc import Callable

import pytest

from catalog.filters import parse_filter
from cli.filter_words import check_words
from cli.session import Library
from polymuse.errors import UserError
from tests.cli.conftest import fill_with_words


def test_known_ones_pass_and_others_are_said_with_what_is_close(make_library: Callable[[], Library]) -> None:
    library = make_library()
    fill_with_words(library)
    check_words(parse_filter("tag:calm -tag:sad>0.2 has:vocals has:mix artist:nobody"), library)
    with pytest.raises(UserError, match='There is no tag "happpy"') as caught:
        check_words(parse_filter("-tag:happpy"), library)
    assert "happy" in caught.value.advice
    with pytest.raises(UserError, match='starter profile does not assign the tag "mandolin"') as caught:
        check_words(parse_filter("tag:mandolin"), library)
    assert "polymuse descriptors add mandolin" in caught.value.advice
    with pytest.raises(UserError, match='There is no stem "zither"') as caught:
        check_words(parse_filter("has:zither"), library)
    assert caught.value.advice == "There are: mix, vocals"
