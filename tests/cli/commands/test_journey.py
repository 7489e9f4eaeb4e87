"""`polymuse journey` over a library of three tracks, two of them by one artist."""

import pytest

from polymuse.errors import NotFoundError
from tests.helpers.command_line import answers, invoke
from tests.helpers.ids import id_of

pytestmark = pytest.mark.usefixtures("library")


def test_from_one_track_to_another_by_path_or_id() -> None:
    steps = answers("journey", "/music/piano.ogg", id_of(2), "-n", "3", "--per-artist", "2")
    assert len(steps) == 3
    assert (steps[0]["paths"], steps[-1]["id"]) == (["/music/piano.ogg"], id_of(2))
    assert steps[0]["to_previous"] is None
    assert steps[1]["to_previous"] == steps[1]["to_start"]


def test_a_table_a_playlist_and_what_was_given_up() -> None:
    shown = invoke("journey", id_of(0), id_of(2), "-n", "5")
    assert shown.stdout.splitlines()[0].split() == ["step", "title", "artist", "length", "path"]
    assert "given up: --per-album, --per-artist, -n" in " ".join(shown.stderr.split())
    playlist = invoke("journey", id_of(0), id_of(2), "-n", "3", "--m3u").stdout.splitlines()
    assert (playlist[0], len(playlist)) == ("#EXTM3U", 7)


def test_an_end_that_is_not_there() -> None:
    with pytest.raises(NotFoundError, match=r"/music/nowhere\.ogg"):
        invoke("journey", id_of(0), "/music/nowhere.ogg")
