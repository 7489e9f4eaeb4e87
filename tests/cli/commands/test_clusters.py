"""`polymuse clusters` over a library of three tracks, which are one cluster."""

import pytest

from polymuse.errors import NotFoundError, UserError
from tests.helpers.command_line import answers, invoke

pytestmark = pytest.mark.usefixtures("library")


def test_clusters_are_listed_and_shown() -> None:
    [cluster] = answers("clusters")
    assert (cluster["size"], cluster["name"]) == (3, "A · B")  # without tags, its artists name it
    header, row = invoke("clusters").stdout.splitlines()
    assert header.split() == ["name", "tracks", "artists", "key"]
    assert row.split()[-1] == cluster["key"]
    for name in ("a b", cluster["key"]):
        assert [track["id"] for track in answers("clusters", name, "-n", "2")] == cluster["tracks"][:2]
    assert invoke("clusters", "A · B", "--m3u").stdout.startswith("#EXTM3U\n")


def test_saving_makes_new_playlists_and_never_the_same_twice() -> None:
    invoke("playlists", "create", "a · b", "--where", "artist:A")
    assert invoke("clusters", "--save", "--dry-run").stderr == "A · B (2) would have 3 tracks.\n"
    assert invoke("clusters", "--save").stderr == "A · B (2) has 3 tracks.\n"
    assert invoke("clusters", "A B", "--save").stderr == "A · B (2) is there already, with the same 3 tracks.\n"
    [mine, made] = answers("playlists", "list")
    assert (mine["name"], mine["count"], made["name"], made["count"]) == ("a · b", 2, "A · B (2)", 3)
    assert answers("clusters", "--save", "-n", "1")[0]["name"] == "A · B (3)"


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(NotFoundError, match="There is no cluster nothing"):
        invoke("clusters", "nothing")
    for wrong in (["--m3u"], ["--dry-run"], ["x", "--json", "--m3u"]):
        with pytest.raises(UserError):
            invoke("clusters", *wrong)
