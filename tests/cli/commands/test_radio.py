"""`polymuse radio` over a library of three tracks."""

import pytest

from tests.helpers.command_line import answers, invoke
from tests.helpers.ids import id_of

pytestmark = pytest.mark.usefixtures("library")


def test_other_tracks_until_the_library_ends() -> None:
    assert sorted(track["id"] for track in answers("radio", id_of(0), "-n", "2")) == [id_of(1), id_of(2)]
    shown = invoke("radio", id_of(0), "--like", id_of(1), "--m3u")
    assert shown.stdout.count("#EXTINF") == 1
    assert "no more than 1 track" in shown.stderr
