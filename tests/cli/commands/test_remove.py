"""`polymuse remove`."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.track import FileRef
from cli.session import open_library
from polymuse.errors import NotFoundError, UserError
from tests.helpers.audio_files import touch
from tests.helpers.command_line import answers, invoke
from tests.helpers.ids import id_of

pytestmark = pytest.mark.usefixtures("library")


def left() -> list[str]:
    return [answer["title"] for answer in answers("list", "--order", "title")]


def test_by_id_by_file_and_by_filter() -> None:
    shown = invoke("remove", id_of(0), "/music/x/../choir.ogg", "--yes")
    assert "Removed 2 tracks with 2 files" in shown.stderr
    assert left() == ["Techno"]
    assert "Removed 1 track with 1 file from" in invoke("remove", "--where", "artist:A", "--yes").stderr
    assert left() == []


def test_a_folder_takes_the_files_below_it_and_tracks_without_others() -> None:
    with open_library(profile="starter") as opened:
        [track] = opened.catalog.get([id_of(1)])
        opened.catalog.update(replace(track, files=(*track.files, FileRef("/copies/techno.ogg", 1, 1))))
    removed = answers("remove", "/music", "--yes")
    assert {each["title"]: each["track"] for each in removed} == {"Piano": True, "Choir": True, "Techno": False}
    [kept] = answers("list")
    assert kept["paths"] == ["/copies/techno.ogg"]


def test_nothing_is_removed_without_a_yes() -> None:
    assert "Piano" in invoke("remove", id_of(0), "--dry-run").stdout
    with pytest.raises(UserError, match="Nothing was removed") as caught:
        invoke("remove", id_of(0))
    assert "--yes" in caught.value.advice
    assert len(left()) == 3


@pytest.mark.parametrize("reference", [id_of(0), "/music/piano.ogg", "/music"])
def test_a_missing_track_is_removed_by_name(reference: str) -> None:
    with open_library(profile="starter") as opened:
        [track] = opened.catalog.get([id_of(0)])
        opened.catalog.update(replace(track, missing_since="2026-11-01T00:00:00+00:00"))
    assert "Piano" in invoke("remove", reference, "--yes").stdout
    assert answers("list", "--where", "missing:yes") == []


def test_missing_tracks_are_removed_by_their_filter() -> None:
    with open_library(profile="starter") as opened:
        [track] = opened.catalog.get([id_of(0)])
        opened.catalog.update(replace(track, missing_since="2026-11-01T00:00:00+00:00"))
    assert "Removed 1 track with 1 file" in invoke("remove", "--where", "missing:yes", "--yes").stderr
    assert answers("list", "--where", "missing:yes") == []
    assert left() == ["Choir", "Techno"]


@pytest.mark.parametrize("reference", ["/music/gone.ogg", "/mus", id_of(9)])
def test_what_is_not_there_is_named(reference: str) -> None:
    with pytest.raises(NotFoundError, match=reference.strip("/")):
        invoke("remove", reference, "--yes")


@pytest.mark.parametrize("arguments", [[], ["/music", "--where", "artist:A"]])
def test_either_names_or_a_filter(arguments: list[str]) -> None:
    with pytest.raises(UserError, match="Either"):
        invoke("remove", *arguments)


def test_files_that_are_still_there_come_back_and_it_says_so(tmp_path: Path) -> None:
    file = touch(tmp_path / "a.ogg")
    with open_library(profile="starter") as opened:
        [track] = opened.catalog.get([id_of(0)])
        opened.catalog.update(replace(track, files=(FileRef(str(file), 1, 1),)))
    said = invoke("remove", str(tmp_path), "--yes").stderr
    assert ".polymuseignore" in said
    assert file.exists()
