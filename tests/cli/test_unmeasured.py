"""What is said of tracks that were indexed before tempo, key, loudness and energy were measured."""

from dataclasses import replace

import pytest

from cli.session import open_library
from tests.helpers.command_line import answers, invoke
from tests.helpers.measured import measured

pytestmark = pytest.mark.usefixtures("library")


def measure(*titles: str) -> None:
    with open_library(profile="starter") as opened:
        for track in list(opened.catalog.tracks()):
            if track.title in titles:
                opened.catalog.update(replace(track, measured=measured()))


@pytest.mark.parametrize(
    "term", ["bpm:~120", "key:Am", "camelot:8A", "compatible:8A", "loudness:-20..", "energy:0.2.."]
)
def test_a_filter_by_what_is_measured_says_how_many_tracks_it_cannot_judge(term: str) -> None:
    measure("Piano")
    run = invoke("list", "--where", term, "--json")
    assert run.stderr == "2 tracks are not measured yet: the next polymuse index does it.\n"
    assert run.stdout.count("\n") == 1


def test_so_does_a_search_whose_words_ask_for_it() -> None:
    measure("Piano", "Choir")
    said = "1 track is not measured yet: the next polymuse index does it."
    assert said in invoke("search", "piano in A minor").stderr.splitlines()
    assert said in invoke("search", "--where", "bpm:120").stderr.splitlines()
    assert said not in invoke("search", "piano").stderr.splitlines()


def test_nothing_is_said_once_all_are_measured() -> None:
    measure("Piano", "Choir", "Techno")
    assert invoke("list", "--where", "bpm:120", "--json").stderr == ""


def test_status_counts_them() -> None:
    measure("Piano")
    assert answers("status")[0]["unmeasured"] == 2
