"""`polymuse status`."""

from pathlib import Path

import pytest

from cli.session import open_library
from indexer.failures import TOO_SHORT, Failure
from tests.helpers.command_line import answers, invoke


@pytest.mark.usefixtures("library")
def test_it_counts_tracks_and_failures_and_lists_the_failures() -> None:
    with open_library(profile="starter") as opened:
        opened.failures.add(Failure("/music/broken.mp3", "decode", "it is empty"))
        opened.failures.add(Failure("/music/jingle.mp3", TOO_SHORT, "it lasts 0.50 s"))
    [status] = answers("status")
    assert (status["profile"], status["tracks"], status["failures"]) == ("starter", 3, 1)
    assert status["too_short"] == 1
    assert "failed" not in status
    [status] = answers("status", "--failures")
    assert [(each["path"], each["cause"]) for each in status["failed"]] == [("/music/broken.mp3", "it is empty")]
    assert [each["path"] for each in status["short"]] == ["/music/jingle.mp3"]


@pytest.mark.usefixtures("library")
def test_a_table_for_people(polymuse_home: Path) -> None:
    shown = invoke("status", "--failures").stdout
    assert ["home", str(polymuse_home)] in [line.split() for line in shown.splitlines()]
    assert ["tracks", "3"] in [line.split() for line in shown.splitlines()]
