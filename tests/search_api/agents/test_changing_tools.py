"""The tools that change playlists and read files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from polymuse.api_keys import Scope
from search_api.agents.changing_tools import ChangingTools
from search_api.security import ForbiddenError
from tests.search_api.agents.conftest import Call, found, said
from tests.search_api.shelf import Shelf


@pytest.fixture(autouse=True)
def _no_playlists_stay(agents: Shelf) -> Iterator[None]:
    yield
    for head in agents.service.catalog.playlists():
        agents.service.catalog.remove_playlist(head.id)


def test_a_playlist_is_made_read_and_changed(call: Call, agents: Shelf) -> None:
    ids = {track.artist: track.id for track in agents.service.catalog.tracks()}
    made = found(call("create_playlist", name="Evening", tracks=[ids["C"], ids["A"]]))
    assert [entry["title"] for entry in made["entries"]] == ["Third", "Tone"]
    first, second = (entry["number"] for entry in made["entries"])

    arguments = {"name": "Night", "remove": [first], "add": [ids["D"]], "before": second}
    changed = found(call("change_playlist", playlist="Evening", revision=made["playlist"]["revision"], **arguments))
    assert changed["playlist"]["name"] == "Night"
    assert [entry["title"] for entry in changed["entries"]] == ["Fourth", "Tone"]

    page = found(call("playlist", playlist="Night", limit=1, key=Scope.READ))
    assert ([entry["title"] for entry in page["entries"]], page["total"], page["next_offset"]) == (["Fourth"], 2, 1)
    assert [each["name"] for each in found(call("playlists"))["playlists"]] == ["Night"]


def test_a_smart_playlist_keeps_its_search(call: Call) -> None:
    made = found(call("create_playlist", name="New", where="year:2000..", smart=True))
    assert made["playlist"]["smart"]
    assert sorted(entry["title"] for entry in made["entries"]) == ["Fourth", "Third"]
    assert "those that its search finds" in said(call("change_playlist", playlist="New", remove=[0]))


def test_nothing_is_made_twice_or_by_half(call: Call, agents: Shelf) -> None:
    track = next(agents.service.catalog.tracks()).id
    found(call("create_playlist", name="Once", tracks=[track]))
    assert "already" in said(call("create_playlist", name="Once", tracks=[track]))
    assert "Take an id" in said(call("create_playlist", name="Half", tracks=[track, "unknown"]))
    assert "or else of a search" in said(call("create_playlist", name="Empty"))
    assert "no track" in said(call("change_playlist", playlist="Once", name="Other", add=["unknown"]))
    assert "No change" in said(call("change_playlist", playlist="Once"))
    assert "before" in said(call("change_playlist", playlist="Once", before="first", add=[track]))
    [left] = agents.service.catalog.playlists()
    assert (left.name, left.revision) == ("Once", 1)


def test_keys_to_read_have_no_tools_that_change(call: Call, agents: Shelf) -> None:
    message = said(call("create_playlist", key=Scope.READ, name="Mine", text="calm"))
    assert message == "create_playlist needs a key with more rights. Ask whoever runs the service for an admin key"
    assert "more rights" in said(call("analyze", key=Scope.READ, path=str(agents.folder / "tone.wav")))
    assert agents.service.catalog.playlists() == []


def test_a_file_of_the_library_is_analysed(call: Call, agents: Shelf) -> None:
    answer = found(call("analyze", path=str(agents.folder / "tone.wav")))
    assert answer["seconds"] > 0
    assert answer["loudness"] < 0
    assert answer["in_library"]
    assert answer["similar"]


def test_over_http_no_file_elsewhere_is_looked_at(call: Call, agents: Shelf, tmp_path: Path) -> None:
    answers = {said(call("analyze", path=path)) for path in ("/etc/passwd", str(tmp_path / "none"), "~root/x", "x\n")}
    assert len(answers) == 1, "it tells nothing about the file"
    assert "folders of the library" in answers.pop()
    climbing = f"{agents.folder}/../../etc/passwd"
    assert "folders of the library" in said(call("analyze", path=climbing))
    assert "not audio" in said(call("analyze", path=str(agents.folder / "b")))
    assert "no file" in said(call("analyze", path=str(agents.folder / "missing")))


def test_on_this_computer_any_file_may_be_analysed_but_only_a_file(agents: Shelf, tmp_path: Path) -> None:
    tools = ChangingTools(lambda: agents.service, anywhere=True)
    os.mkfifo(tmp_path / "pipe")  # reading it would never end
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(Exception, match="is no file"):
            tools.analyze(str(path))
    with pytest.raises(ForbiddenError):
        ChangingTools(lambda: agents.service, anywhere=False).analyze(str(tmp_path / "none"))
