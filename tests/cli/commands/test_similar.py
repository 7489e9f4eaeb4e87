"""`polymuse similar` over a library whose vectors are those of texts."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from catalog.track import Entry, FileRef
from cli.main import app
from cli.session import open_library
from tests.helpers.command_line import answers, lines, run_here
from tests.helpers.ids import id_of
from tests.helpers.score_library import MELODY


def titles(*arguments: str) -> list[str]:
    return [answer["title"] for answer in answers(*arguments)]


@pytest.mark.usefixtures("library")
def test_one_stem_against_mixes() -> None:
    assert titles("similar", "/music/piano.ogg", "--from-stem", "vocals")[0] == "Techno"


@pytest.mark.usefixtures("library")
def test_exclusions() -> None:
    assert titles("similar", "/music/piano.ogg", "--without-same", "artist") == [
        "Choir"
    ]  # Techno is by the same artist
    with open_library(profile="starter") as opened:
        piano = opened.catalog.get([id_of(0)])[0]
        copy = replace(piano, id=id_of(7), files=(FileRef("/copy.ogg", 1, 1),), title="Copy", artist="")
        opened.catalog.upsert([Entry(copy, opened.catalog.vectors([piano.id])[piano.id])])
    assert titles("similar", "/music/piano.ogg")[0] == "Copy"
    assert "Copy" not in titles("similar", "/music/piano.ogg", "--without-duplicates")


@pytest.mark.usefixtures("library")
def test_former_names_of_options_still_work_but_are_hidden() -> None:
    former = ("--no-duplicates", "--not-same", "artist")
    assert titles("similar", "/music/piano.ogg", *former) == ["Choir"]
    shown = CliRunner().invoke(app, ["similar", "--help"]).stdout
    assert "--without-duplicates" in shown
    assert not [name for name in former if name.startswith("--") and name in shown]


@pytest.mark.usefixtures("score_home")
def test_tracks_like_a_score() -> None:
    first, *_ = lines(run_here("similar", MELODY, "--json"))
    assert (first["title"], first["score"]) == ("No. 0", pytest.approx(1.0, abs=1e-4))
