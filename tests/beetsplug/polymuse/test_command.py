"""`beet polymuse`, run by real beets over a real service and over the program."""

import os
import shlex
import sys
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from polymuse.api_keys import Scope
from tests.beetsplug.polymuse.conftest import KEYS, Beets
from tests.search_api.shelf import Shelf

FORM = "$title|$mood|$bpm|$initial_key"


@pytest.fixture
def connected(beets: Beets, known: Shelf) -> Beets:
    """The library of beets, with the service in its configuration."""
    beets.configure(url=f"http://127.0.0.1:{known.port}", key=KEYS[Scope.READ], fields=["mood", "bpm", "initial_key"])
    return beets


def attributes(beets: Beets) -> list[str]:
    return beets.said("ls", "-f", FORM).splitlines()


def test_items_are_found_by_path_recording_and_tags(connected: Beets) -> None:
    assert connected.said("polymuse", "-p").splitlines() == ["D - One - Unknown", "in Poly-Muse: 3, missing: 1"]


def test_search_prints_items_as_beets_does(connected: Beets) -> None:
    assert sorted(connected.said("polymuse", "search", "calm", "music").splitlines()) == [
        "A - One - Calm",
        "B - One - 卡农",
        "C - One - Third",
    ]
    paths = connected.said("polymuse", "search", "-p", "-n", "2", "calm").splitlines()
    assert len(paths) == 2
    assert all(Path(path).is_file() for path in paths)
    assert sorted(connected.said("polymuse", "search", "-f", "$artist", "x").split()) == ["A", "B", "C"]


def test_moods_are_shown_then_set_and_nothing_that_is_there_is_replaced(connected: Beets) -> None:
    before = attributes(connected)
    shown = connected.said("polymuse", "moods", "-p")
    assert "would change: 3, as they were: 0, not in Poly-Muse: 1" in shown
    assert "calm, dark" in shown
    assert attributes(connected) == before

    connected.said("modify", "-y", "-W", "title:Third", "mood=mine")
    connected.said("polymuse", "moods")
    assert sorted(attributes(connected)) == [
        "Calm|calm, dark|92|Am",
        "Third|mine|0|",
        "Unknown|$mood|0|",
        "卡农|dark|0|",
    ]
    assert "changed: 0, as they were: 1" in connected.said("polymuse", "moods", "mood:mine")
    connected.said("polymuse", "moods", "--force", "artist:C")
    assert connected.said("ls", "-f", "$artist", "mood:calm").split() == ["A", "C"]


def test_files_are_written_only_if_that_is_asked_for(connected: Beets) -> None:
    file = connected.folder / "music" / "Calm.flac"
    connected.said("polymuse", "moods", "-p", "-w")
    connected.said("polymuse", "moods", "-W")
    assert "bpm" not in FLAC(file)
    connected.said("polymuse", "moods", "--force", "-w")  # nothing has changed since
    assert "bpm" not in FLAC(file)
    connected.said("modify", "-y", "-W", "artist:A", "bpm=0")
    connected.said("polymuse", "moods", "-w")
    assert FLAC(file)["bpm"] == ["92"]
    assert FLAC(file)["title"] == ["Calm"]


def test_a_path_map_and_what_is_said_without(connected: Beets, known: Shelf) -> None:
    line = connected.refused("polymuse", "moods", "artist:D")
    assert "Poly-Muse has none of these items" in line
    assert "path_map" in line
    known.add(known.write("Unknown.flac", b"u"), title="another", artist="name")
    options = {"url": f"http://127.0.0.1:{known.port}", "key": KEYS[Scope.READ]}
    connected.configure(**options, path_map={f"{connected.folder}/music/": str(known.folder)})
    assert "in Poly-Muse: 4, missing: 0" in connected.said("polymuse", "-p")


def test_the_program_and_its_own_library(beets: Beets, known: Shelf) -> None:
    program = shlex.join([sys.executable, "-m", "indexer"])
    beets.configure(command=program, home=str(known.home), profile="starter")
    assert beets.said("polymuse", "-p").splitlines()[-1] == "in Poly-Muse: 3, missing: 1"
    assert "A - One - Calm" in beets.said("polymuse", "search", "-n", "3", "calm")
    beets.configure(command=program, home=str(known.home), profile="nothing")
    assert "nothing" in beets.refused("polymuse", "moods")
    beets.configure(command=os.devnull)
    assert "set polymuse.command to its path, or polymuse.url" in beets.refused("polymuse")


@pytest.mark.parametrize(
    ("options", "arguments", "message"),
    [
        ({}, ["play"], "usage: beet polymuse"),
        ({}, ["search"], "usage: beet polymuse"),
        ({}, ["search", "-n", "0", "x"], "the limit is 0, and may be 1 to 1000"),
        ({"fields": "mood smell"}, ["moods"], "there is no field 'smell'; `fields` may have: mood, bpm"),
        ({"url": "ftp://x"}, ["moods"], "must look like http://HOST:8765"),
        ({"url": "http://me:secret@x"}, ["moods"], "must look like http://HOST:8765; the key has a setting"),
        ({"url": "http://127.0.0.1:1", "key": "k"}, ["moods"], "no service answers at http://127.0.0.1:1"),
        ({"command": "'"}, ["moods"], "the setting command cannot be read"),
    ],
)
def test_wrong_use(beets: Beets, options: dict, arguments: list[str], message: str) -> None:
    beets.configure(**options)
    line = beets.refused("polymuse", *arguments)
    assert message in line
    assert "secret" not in line


def test_keys(beets: Beets, known: Shelf) -> None:
    wrong = "not-the-key-that-it-should-be"
    beets.configure(url=f"http://127.0.0.1:{known.port}", key=wrong)
    line = beets.refused("polymuse", "search", "x")
    assert "does not take the key" in line
    assert wrong not in line
    assert wrong not in beets.said("config")
    beets.configure(url=f"http://127.0.0.1:{known.port}", key=KEYS[Scope.READ])
    assert "answers: " in beets.refused("polymuse")  # this one does not index
