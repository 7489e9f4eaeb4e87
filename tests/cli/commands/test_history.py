"""`polymuse history`."""

import pytest

from tests.helpers.command_line import answers, invoke

pytestmark = pytest.mark.usefixtures("library")


def test_nothing_was_played_yet() -> None:
    assert invoke("history").stderr == "Nothing was played yet.\n"
    assert answers("history") == []
