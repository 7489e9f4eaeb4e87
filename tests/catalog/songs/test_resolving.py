"""Which tracks the songs of other players are, by everything that they may say of them."""

from dataclasses import replace

import pytest

from catalog.catalog import Catalog
from catalog.filters import Filter
from catalog.marks import MarkChange
from catalog.songs.reference import SongReference
from catalog.songs.resolving import foreign_id, learn, resolve
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of, number_of
from tests.helpers.song_cases import cases, score
from tests.helpers.song_cases import library as made_library

MBID = "0a1b2c3d-1111-4222-8333-444455556666"
SONG = SongReference("Night Walk (feat. Ada Q)", ("Kai & Ada Q",), "Two Rooms (Deluxe)", 200.0, id="aB", server="navi")


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    kai = {"artist": "Kai", "duration": 200.0}
    catalog.upsert(
        [
            entry(1, title="Night Walk", album="Two Rooms", isrcs=("QZABC2600001",), **kai),
            entry(2, title="Night Walk", album="Best of Kai", musicbrainz={"recording": (MBID,)}, **kai),
            entry(3, title="Morning", album="Two Rooms", paths=("/music/Kai/3.flac",), **kai),
            entry(4, title="Storm", artist="Others", duration=90.0, missing_since="2026-11-30T12:00:00+00:00"),
            entry(5, title="Calm", artist="Others", duration=80.0),
        ]
    )
    catalog.mark([id_of(5)], MarkChange(hidden=True))
    return catalog


def found(library: Catalog, *references: SongReference) -> list[tuple[int | None, str]]:
    resolved = resolve(references, library, mapped=[("D:\\Musik", "/music"), ("/data", "/music")])
    assert [each.reference for each in resolved] == list(references)
    return [(each.track and number_of(each.track), each.how) for each in resolved]


def test_each_way_to_find_a_track_and_their_order(library: Catalog) -> None:
    library.mark([id_of(3)], MarkChange(known_as=("navi:aB",)))
    by = SongReference
    assert found(
        library,
        by(id="aB", server="navi", path="/music/1.ogg"),
        by(id="ab", server="navi"),
        by(path="/music/1.ogg", mbid=MBID),
        by(path="d:/musik/Kai/3.flac"),
        by(path="file:///data/Kai/3%2Eflac"),
        by(mbid=MBID.upper(), isrc="QZABC2600001"),
        by(isrc="qz-abc-26-00001", title="Night Walk", artists=("Kai",), album="Best of Kai"),
        by("night walk", ("KAI",), "Best of Kai"),
        by("Nihgt Walk", ("Kai",), "Two Rooms", 201.0),
        by("Night Walk", ("Someone Else",)),
        by(),
    ) == [
        (3, "id"),
        (None, ""),
        (1, "path"),
        (3, "path"),
        (3, "path"),
        (2, "mbid"),
        (1, "isrc"),
        (2, "name"),
        (1, "similar name"),
        (None, ""),
        (None, ""),
    ]


def test_hidden_and_missing_tracks_are_found_after_the_others(library: Catalog, entry: MakeEntry) -> None:
    asked = SongReference("Storm", ("Others",)), SongReference("Calm", ("Others",), duration=80.0)
    assert found(library, *asked) == [(4, "name"), (5, "name")]
    library.upsert([entry(6, title="Storm", artist="Others", duration=90.0)])
    assert found(library, *asked) == [(6, "name"), (5, "name")]


def test_what_a_server_calls_a_song_is_learnt_once(library: Catalog) -> None:
    [resolved] = resolve([SONG], library)
    assert (resolved.track and resolved.track.title, resolved.how) == ("Night Walk", "name")
    assert [learn([resolved], library), learn([resolved], library)] == [1, 0]
    assert found(library, replace(SONG, title="", artists=(), album="")) == [(1, "id")]
    [track] = library.get([id_of(1)])
    assert (foreign_id(track, "navi"), foreign_id(track, "na"), foreign_id(track, "")) == ("aB", "", "")


def test_a_learnt_song_that_is_another_one_by_now_is_found_anew(library: Catalog) -> None:
    learn(resolve([SONG], library), library)
    now = SongReference("Morning", ("Kai",), id="aB", server="navi")
    assert found(library, now) == [(1, "id")]  # at least the artist is the same
    other = SongReference("Storm", ("Others",), id="aB", server="navi")
    assert found(library, other) == [(4, "name")]
    assert found(library, replace(other, title="Nothing of ours")) == [(None, "")]
    assert learn(resolve([other], library), library) == 1
    assert [foreign_id(track, "navi") for track in library.get([id_of(1), id_of(4)])] == ["", "aB"]


def test_what_is_not_sure_is_not_learnt(library: Catalog) -> None:
    typed = replace(SONG, title="Nihgt Walk")
    longer = replace(SONG, duration=240.0, album="Elsewhere")
    resolved = resolve([typed, longer], library)
    assert [each.how for each in resolved] == ["similar name", "name"]
    assert learn(resolved, library) == 0
    assert learn(resolve([replace(SONG, id="a b"), replace(SONG, server="")], library), library) == 0


def test_a_song_of_nobody_is_learnt_by_title_and_length(library: Catalog, entry: MakeEntry) -> None:
    library.upsert([entry(7, title="Dungeon 3", duration=61.2), entry(8, title="Menu", duration=30.0)])
    library.upsert([entry(9, title="Menu", duration=30.0)])
    asked = [
        SongReference("Dungeon 3", duration=61.0, id="d3", server="navi"),
        SongReference("Menu", duration=30.0, id="m", server="navi"),
    ]
    assert learn(resolve(asked, library), library) == 1  # there are two menus
    assert foreign_id(library.get([id_of(7)])[0], "navi") == "d3"
    assert learn(resolve([replace(asked[0], duration=None, id="other")], library), library) == 0


@pytest.mark.parametrize(("name", "least"), [("references.tsv", 0.99), ("second.tsv", 0.97), ("third.tsv", 0.96)])
def test_references_as_people_tag_them(name: str, least: float) -> None:
    of = cases(name)
    with made_library() as library:
        resolved = resolve([case.reference for case in of], library)
    total = score(zip(of, resolved, strict=True))
    assert len(of) > 100
    assert total.precision >= 0.99
    assert total.recall >= least


def test_some_requests_find_hundreds_of_songs(monkeypatch: pytest.MonkeyPatch) -> None:
    of = [case.reference for case in cases("references.tsv") if case.kind in ("as it is", "deluxe", "feature")]
    with made_library() as library:
        asked: list[Filter] = []
        scroll = library.scroll
        monkeypatch.setattr(library, "scroll", lambda where, *rest: asked.append(where) or scroll(where, *rest))
        assert all(each.track for each in resolve(of, library))
    assert len(of) > 70
    assert len(asked) <= 3


@pytest.mark.parametrize(
    "hostile",
    [
        SongReference("\x1b[2J\u202e" * 100, ("\0",), "\ud800", float("nan"), "'; --", "\n", "x" * 10_000, "a:b", "\0"),
        SongReference("(" * 5000, ("&" * 5000,) * 500, "[" * 5000, -1.0, "0" * 5000, "-" * 5000, path="file://" * 99),
        SongReference("a - " * 5000, ("a feat. " * 5000,), path="//../..\\..%00"),
        SongReference("!!!", ("!!!",)),
        SongReference("夜" * 5000, ("夜" * 5000,), duration=float("inf")),
    ],
)
def test_whatever_a_stranger_sends_finds_nothing_and_does_no_harm(library: Catalog, hostile: SongReference) -> None:
    [resolved] = resolve([hostile], library, mapped=[("", ""), ("/", "/music")])
    assert (resolved.track, resolved.how) == (None, "")
    assert resolved.reference is hostile
    assert learn([resolved], library) == 0
