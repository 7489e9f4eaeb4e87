"""The same playlist to every kind of server, whatever happens on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from players.http import PlayerError
from players.pushed import PushedLists
from players.pushing import Done, TheirsError, plan, push
from players.server import Server
from players.servers import open_server
from polymuse.player_settings import PlayerSettings
from tests.helpers.music_servers import SECRET, USER, Handler, MusicServer, Song, running

IDS = [str(number) for number in range(1, 131)]
CALLS = {  # kind -> parts of request lines: that adds songs, that takes some out
    "subsonic": ("updatePlaylist", "updatePlaylist"),
    "emby": ("POST /Playlists/", "DELETE /Playlists/"),
    "plex": ("PUT /playlists/", "DELETE /playlists/"),
}


def fail(handler: Handler) -> None:
    handler.answer(f"broken {SECRET}".encode(), 500)


class Place:
    """A server of music, our client of it, and what we remember."""

    def __init__(self, there: MusicServer, tmp_path: Path) -> None:
        self.there = there
        user = "" if there.kind == "plex" else USER
        self.settings = PlayerSettings(kind=there.kind, url=there.url, user=user)  # type: ignore[arg-type]
        self.server: Server = open_server({"home": self.settings}, "home")
        self.lists = PushedLists(tmp_path / "pushed.json")

    def push(self, songs: list[str], name: str = "Träume & Co", *, replace: bool = False) -> Done:
        url = self.settings.url
        planned = plan(self.server, url, self.lists, "our-id", name, songs, replace=replace)
        return push(self.server, url, self.lists, "our-id", planned)

    @property
    def now(self) -> dict[str, list[str]]:
        return {each.name: each.ids for each in self.there.lists.values()}


@pytest.fixture(params=["subsonic", "jellyfin", "emby", "plex"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("POLYMUSE_PLAYER_HOME_SECRET", SECRET)
    with running(request.param) as there:
        there.songs = [Song(id_, f"Song {id_}") for id_ in IDS]
        made = Place(there, tmp_path)
        yield made
        made.server.close()


def test_made_then_changed_then_left_alone(place: Place) -> None:
    first = place.push(IDS)
    assert (first.action, first.refused) == ("create", ())
    assert place.now == {"Träume & Co": IDS}
    for songs in (IDS[:100], IDS[50:], IDS[::-1], IDS[:2] + IDS[5:50]):
        assert place.push(songs) == Done(first.id, "change", ())
        assert place.now == {"Träume & Co": songs}
    before = len(place.there.requests)
    assert place.push(songs).action == "nothing"
    assert {line.partition(" ")[0] for line in place.there.requests[before:]} <= {"GET", "POST"}
    assert not any("update" in line or "create" in line for line in place.there.requests[before:])
    if place.there.kind != "emby":
        assert place.push(songs, "Other name").action == "rename"
        assert place.now == {"Other name": songs}


def test_songs_that_are_gone_are_told_and_repeats_stay_where_the_server_can(place: Place) -> None:
    done = place.push(["1", "9999", "2", "1"])
    assert done.refused == ("9999",)
    once = place.there.kind == "jellyfin"
    assert place.now == {"Träume & Co": ["1", "2"] if once else ["1", "2", "1"]}


def test_a_playlist_of_somebody_else_is_not_touched_unless_told_so(place: Place) -> None:
    place.there.add("träume & co", ["7"])
    with pytest.raises(TheirsError, match=r"already, which was not made from this one\. Give --replace"):
        place.push(["1"])
    assert place.now == {"träume & co": ["7"]}
    assert place.push(["1"], replace=True).action == "change"
    assert list(place.now.values()) == [["1"]]


def test_what_was_changed_or_renamed_there_is_not_overwritten(place: Place) -> None:
    id_ = place.push(["1", "2", "3"]).id
    there = place.there.lists[id_]
    del there.songs[1]  # a file that is gone: nothing of a person's
    place.push(["1", "4"])
    there.songs.append(("9", "99"))
    with pytest.raises(TheirsError, match="was changed on home since"):
        place.push(["1"])
    there.songs.pop()
    there.name = "Mine now"
    with pytest.raises(TheirsError, match="is called Mine now"):
        place.push(["1"])
    del place.there.lists[id_]
    assert place.push(["1"]).action == "create"  # it was removed there


def test_another_server_at_another_address_has_other_ids(place: Place) -> None:
    id_ = place.push(["1"]).id
    with pytest.raises(TheirsError):
        plan(place.server, "http://elsewhere", place.lists, "our-id", "Träume & Co", ["2"])
    assert place.there.lists[id_].ids == ["1"]


def test_a_server_that_fails_while_songs_are_added_keeps_the_former_ones(place: Place) -> None:
    place.push(IDS[:50])
    kind = place.there.kind
    if kind == "jellyfin":
        place.there.fail("POST /Playlists/", fail)
    else:
        place.there.fail(CALLS[kind][0], fail, after=0)
    with pytest.raises(PlayerError, match=r"home fails .HTTP 500.* is as it was") as caught:
        place.push(IDS[60:])
    assert SECRET not in str(caught.value)
    assert place.now == {"Träume & Co": IDS[:50]}
    place.there.faults.clear()
    assert place.push(IDS[60:]).action == "change"


@pytest.mark.parametrize("after", [1, 3])
def test_a_server_that_fails_on_the_way_has_all_former_songs_or_all_new_ones(place: Place, after: int) -> None:
    if place.there.kind == "jellyfin":
        pytest.skip("one request")
    former, new = IDS[:50], IDS[50:]
    place.push(former)
    place.there.fail(CALLS[place.there.kind][1], fail, 0 if place.there.kind == "emby" else after)  # it takes one
    with pytest.raises(PlayerError, match=r"push again to complete it|is as it was"):
        place.push(new)
    [now] = place.now.values()
    assert set(former) <= set(now) or set(new) <= set(now)
    place.there.faults.clear()
    place.push(new)
    assert place.now == {"Träume & Co": new}


def test_a_new_one_that_is_not_complete_is_completed_by_the_next_push(place: Place) -> None:
    part = {"subsonic": "updatePlaylist", "plex": "PUT"}.get(place.there.kind, "POST /Playlists/")
    place.there.fail(part, fail)
    with pytest.raises(PlayerError, match="a part of its 130 songs: push again"):
        place.push(IDS)
    assert place.now == {"Träume & Co": IDS[:40]}
    place.there.faults.clear()
    place.push(IDS)
    assert place.now == {"Träume & Co": IDS}
