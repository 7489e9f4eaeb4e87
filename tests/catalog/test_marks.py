"""Marks of tracks: what changes them, what must not, and what is found by them, over every engine."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.catalog import Catalog
from catalog.exchange import copy
from catalog.file_tag_types import YES
from catalog.filters import Filter, parse_filter
from catalog.marks import MAX_KNOWN_AS, MAX_RECENT, MAX_WRONG, NO_MARKS, MarkChange, Marks, alias, joined
from catalog.query import Query, Seed
from catalog.store import Space
from polymuse.errors import NotFoundError, UserError
from polymuse.music import Tag
from tests.catalog.conftest import MakeEntry
from tests.helpers.ids import id_of

NOON = "2026-11-30T12:00:00+00:00"
LATER = "2026-11-30T13:00:00+00:00"
SAD = Tag("sad", "mood", 0.9)
CALM = Tag("calm", "mood", 0.8)


def found(catalog: Catalog, where: str) -> list[str]:
    return [track.title.removeprefix("Title ") for track in catalog.tracks(parse_filter(where))]


class TestChanges:
    def test_a_repeated_change_changes_nothing_more(self) -> None:
        change = MarkChange(favourite=True, hidden=True, wrong=("sad",), played_at=LATER, at=NOON)
        once = change.applied(NO_MARKS)
        assert once == Marks(NOON, NOON, ("sad",), 1, (LATER,))
        assert change.applied(once) == once
        assert MarkChange(favourite=True, at=LATER).applied(once).favourite_since == NOON

    def test_each_can_be_taken_back(self) -> None:
        marks = Marks(NOON, NOON, ("calm", "sad"), 1, (NOON,))
        change = MarkChange(favourite=False, hidden=False, not_wrong=("sad", "never-said"))
        assert change.applied(marks) == Marks("", "", ("calm",), 1, (NOON,))

    def test_times_are_stored_in_utc(self) -> None:
        marks = MarkChange(played_at="2026-11-30T21:00:00.9+09:00").applied(NO_MARKS)
        assert marks.played == (NOON,)
        assert marks.last_played == NOON

    def test_only_the_latest_plays_have_times(self) -> None:
        marks = NO_MARKS
        times = [f"2026-11-30T12:{minute:02}:00+00:00" for minute in range(MAX_RECENT + 5)]
        for at in times:
            marks = MarkChange(played_at=at).applied(marks)
        assert marks.plays == MAX_RECENT + 5
        assert marks.played == tuple(reversed(times[5:]))
        assert MarkChange(played_at=times[0]).applied(marks) == marks  # it may have been counted

    @pytest.mark.parametrize(
        "change",
        [
            {"wrong": ("Sad",)},
            {"wrong": ("sad\n",)},
            {"wrong": ("",)},
            {"wrong": ("x" * 101,)},
            {"not_wrong": ("<b>",)},
            {"wrong": ("sad",), "not_wrong": ("sad",)},
            {"played_at": "yesterday"},
            {"played_at": "2026-11-30T12:00:00"},  # where?
            {"played_at": "0001-01-01T00:00:00+23:00"},  # in UTC before the calendar begins
            {"at": "\0"},
            {"known_as": ("navidrome",)},
            {"known_as": ("navidrome:",)},
            {"known_as": (":1",)},
            {"known_as": ("navidrome:a b",)},
            {"known_as": ("navidrome:a\n",)},
            {"not_known_as": ("navidrome:" + "x" * 200,)},
            {"known_as": ("navidrome:1",), "not_known_as": ("navidrome:1",)},
        ],
    )
    def test_what_is_no_change_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(UserError):
            MarkChange(**change)

    def test_a_track_has_a_limited_number_of_wrong_tags(self) -> None:
        marks = Marks(wrong_tags=tuple(f"tag-{n}" for n in range(MAX_WRONG)))
        with pytest.raises(UserError, match="more than"):
            MarkChange(wrong=("one-more",)).applied(marks)

    def test_marks_of_copies_are_joined(self) -> None:
        one = Marks(LATER, "", ("sad",), 5, (LATER, NOON))
        other = Marks(NOON, LATER, ("calm",), 1, (NOON,))
        assert joined(one, other) == joined(other, one) == Marks(NOON, LATER, ("calm", "sad"), 5, (LATER, NOON))

    def test_names_at_servers_that_have_no_room_are_forgotten_but_no_new_one(self) -> None:
        old = tuple(f"a:{n:03}" for n in range(MAX_KNOWN_AS))
        change = MarkChange(known_as=("z:1", "z:2"))
        marks = change.applied(Marks(known_as=old))
        assert marks.known_as == (*old[:-2], "z:1", "z:2")
        assert change.applied(marks) == marks
        assert MarkChange(not_known_as=("z:1", "never")[:1]).applied(marks).known_as == (*old[:-2], "z:2")
        both = joined(Marks(known_as=old), marks)
        assert both == joined(marks, Marks(known_as=old)) == Marks(known_as=old)

    @pytest.mark.parametrize(
        ("server", "id_", "expected"),
        [
            ("navidrome", "0hX5", "navidrome:0hX5"),
            ("lyrion", "lms:track:7", "lyrion:lms:track:7"),
            ("my:server", "7", ""),
            ("", "7", ""),
            ("navidrome", "", ""),
            ("navidrome", "\u202e7", ""),
            ("navidrome", "x" * 200, ""),
        ],
    )
    def test_only_what_can_be_stored_is_an_alias(self, server: str, id_: str, expected: str) -> None:
        assert alias(server, id_) == expected


class TestFilters:
    def test_tracks_are_found_by_their_marks(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(n) for n in (1, 2, 3)])
        catalog.mark([id_of(1)], MarkChange(favourite=True, wrong=("sad",), played_at=NOON))
        catalog.mark([id_of(1), id_of(2)], MarkChange(played_at=LATER))
        catalog.mark([id_of(2)], MarkChange(known_as=("navidrome:aB", "lyrion:7:1")))
        expected = {
            "known-as:navidrome:aB": ["2"],
            "known-as:lyrion:7:1": ["2"],
            "known-as:navidrome:ab": [],
            "-known-as:navidrome:aB": ["1", "3"],
            "favourite:yes": ["1"],
            "-favourite:yes": ["2", "3"],
            "wrong:sad": ["1"],
            "plays:0": ["3"],
            "plays:2..": ["1"],
            "played:2026-11": ["1", "2"],
            "-played:2026..": ["3"],
            "played:..2026-11-29": [],
        }
        assert {where: found(catalog, where) for where in expected} == expected

    def test_hidden_tracks_are_left_out_of_everything_unless_asked_for(
        self, catalog: Catalog, entry: MakeEntry
    ) -> None:
        catalog.upsert([entry(n, artist="Anna", genres=("folk",)) for n in (1, 2, 3)])
        assert [name.tracks for name in catalog.find_names("anna")] == [3]
        catalog.mark([id_of(2)], MarkChange(hidden=True))
        like = [hit.track.id for hit in catalog.search(Query(tracks=(Seed(id_of(1)),)), lambda _: [])]  # type: ignore[arg-type, return-value]
        assert like == [id_of(3)]
        assert found(catalog, "") == ["1", "3"]
        assert found(catalog, "hidden:yes") == ["2"]
        assert found(catalog, "hidden:any genre:folk") == ["1", "2", "3"]
        assert catalog.count() == 2
        assert catalog.facets("genre") == {"folk": 2}
        assert [name.tracks for name in catalog.find_names("anna")] == [2]
        assert catalog.stats().tracks == 3
        assert catalog.get([id_of(2)])[0].hidden_since
        catalog.mark([id_of(2)], MarkChange(hidden=False))
        assert found(catalog, "") == ["1", "2", "3"]
        assert [name.tracks for name in catalog.find_names("anna")] == [3]

    def test_missing_and_hidden_tracks_are_left_out_one_by_one(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, missing_since=NOON), entry(2, missing_since=NOON), entry(3)])
        catalog.mark([id_of(2), id_of(3)], MarkChange(hidden=True))
        asked = ("", "missing:yes", "hidden:yes", "missing:yes hidden:yes", "missing:yes hidden:any", "hidden:any")
        assert [found(catalog, where) for where in asked] == [[], ["1"], ["3"], ["2"], ["1", "2"], ["3"]]

    def test_excluding_all_is_refused(self) -> None:
        with pytest.raises(UserError, match="exclude all"):
            parse_filter("-hidden:any")
        with pytest.raises(UserError):
            parse_filter("hidden:no")

    def test_a_wrong_tag_is_neither_shown_nor_found(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, tags=(SAD, CALM))])
        [track] = catalog.mark([id_of(1)], MarkChange(wrong=("sad",)))
        assert track.right_tags == (CALM,)
        assert track.tags == (SAD, CALM)
        assert [found(catalog, where) for where in ("tag:sad", "tag:sad>0.3", "tag:calm", "wrong:sad")] == [
            [],
            [],
            ["1"],
            ["1"],
        ]
        assert catalog.facets("tag") == {"calm": 1}
        catalog.update(replace(track, tags=(CALM, Tag("sad", "mood", 0.7))), before=track)  # as `polymuse retag`
        assert found(catalog, "tag:sad") == []
        catalog.mark([id_of(1)], MarkChange(not_wrong=("sad",)))
        assert found(catalog, "tag:sad") == ["1"]
        assert found(catalog, "tag:sad>0.8") == []


class TestKeeping:
    def test_unknown_tracks_are_refused_before_anything_is_written(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1)])
        for ids in ([id_of(1), id_of(2)], [id_of(1), "not an id"], [id_of(1), *map(id_of, range(2, 10_000))]):
            with pytest.raises(NotFoundError):
                catalog.mark(ids, MarkChange(favourite=True))
        assert catalog.get([id_of(1)])[0].marks == NO_MARKS
        assert catalog.mark([], MarkChange(favourite=True)) == []

    def test_what_knows_no_marks_takes_none_away(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1), entry(2)])
        [read] = catalog.get([id_of(1)])
        kept = MarkChange(favourite=True, hidden=True, played_at=NOON, wrong=("sad",), at=NOON, known_as=("a:1",))
        catalog.mark([id_of(1)], kept)
        catalog.upsert([entry(1, title="Again")])
        catalog.update(replace(read, title="Stale"))
        catalog.update(replace(read, title="Stale too"), before=read)
        catalog.remove_path("/music/1.ogg", NOON)  # it goes missing
        [missing] = catalog.tracks(Filter(missing=(YES,), hidden=("any",)))
        catalog.update(replace(missing, missing_since=""))  # and comes back
        catalog.upsert([entry(2, paths=("/music/1.ogg",))], known={})  # another track takes its file
        catalog.upsert([entry(1, paths=("/music/new.ogg",))])
        assert catalog.get([id_of(2)])[0].marks == NO_MARKS
        assert catalog.get([id_of(1)])[0].marks == NO_MARKS  # it was gone: nothing was left of it

    def test_marks_survive_everything_but_the_end_of_the_track(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, paths=("/music/1.ogg", "/music/copy.ogg"))])
        [marked] = catalog.mark([id_of(1)], MarkChange(favourite=True, played_at=NOON, wrong=("sad",), at=NOON))
        catalog.upsert([entry(2, paths=("/music/copy.ogg",))])  # a copy is replaced by other music
        catalog.upsert([entry(1), entry(1, paths=("/music/b.ogg",))])  # two entries are merged
        assert catalog.get([id_of(1)])[0].marks == marked.marks
        assert catalog.stored_alike([replace(entry(1, paths=("/music/1.ogg", "/music/b.ogg")))]) == {id_of(1)}

    def test_a_copy_of_the_library_has_the_marks_of_both(
        self, catalog: Catalog, entry: MakeEntry, space: Space
    ) -> None:
        with Catalog.in_memory(space) as source:
            source.upsert([entry(n) for n in (1, 2, 3)])
            source.mark([id_of(1), id_of(2)], MarkChange(favourite=True, known_as=("navidrome:1",), at=NOON))
            catalog.upsert([entry(1), entry(2, title="Other", indexed_at=LATER), entry(4)])
            catalog.mark([id_of(2), id_of(4)], MarkChange(wrong=("sad",)))
            copy(source, catalog, lambda _: None)
            copy(source, catalog, lambda _: None)
        assert found(catalog, "favourite:yes") == found(catalog, "known-as:navidrome:1") == ["1", "Other"]
        assert found(catalog, "wrong:sad") == ["Other", "4"]

    def test_a_kill_loses_no_mark(self, tmp_path: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(tmp_path, space) as catalog:
            catalog.upsert([entry(1)])
        program = f"""
import sys
from pathlib import Path
from catalog.catalog import Catalog
from catalog.marks import MarkChange
from catalog.store import Space
catalog = Catalog.share(Path({str(tmp_path)!r}), Space(**{_as_dict(space)!r}))
for minute in range(60):
    catalog.mark([{id_of(1)!r}], MarkChange(favourite=True, played_at=f"2026-11-30T12:{{minute:02}}:00+00:00"))
    print(minute, flush=True)
"""
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            said = [int(process.stdout.readline()) for _ in range(5)]
            process.kill()
        with Catalog.open(tmp_path, space) as catalog:
            [track] = catalog.get([id_of(1)])
        assert track.favourite_since
        assert track.plays > max(said)


def _as_dict(space: Space) -> dict[str, Any]:
    return {"name": space.name, "dim": space.dim, "fingerprint": space.fingerprint, "profile": space.profile}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("upsert"), st.sampled_from(["A", "B"])),
        st.tuples(st.just("update"), st.sampled_from(["A", "B"])),
        st.tuples(st.just("update of what was read first"), st.booleans()),
        st.tuples(st.just("missing"), st.none()),
        st.tuples(st.just("favourite"), st.booleans()),
        st.tuples(st.just("hidden"), st.booleans()),
        st.tuples(st.just("wrong"), st.sampled_from(["sad", "calm"])),
        st.tuples(st.just("known as"), st.sampled_from(["navidrome:1", "lyrion:2"])),
        st.tuples(st.just("played"), st.integers(0, 59)),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(steps=STEPS)
def test_nothing_but_marking_changes_marks(catalog: Catalog, entry: MakeEntry, steps: list[tuple[str, Any]]) -> None:
    catalog.delete([id_of(1)])
    catalog.upsert([entry(1, tags=(SAD, CALM))])
    [first] = catalog.get([id_of(1)])
    expected = NO_MARKS
    changes = {
        "favourite": lambda value: MarkChange(favourite=value, at=NOON),
        "hidden": lambda value: MarkChange(hidden=value, at=NOON),
        "wrong": lambda value: MarkChange(wrong=(value,)),
        "known as": lambda value: MarkChange(known_as=(value,)),
        "played": lambda value: MarkChange(played_at=f"2026-11-30T12:{value:02}:00+00:00"),
    }
    for step, value in steps:
        [track] = catalog.get([id_of(1)])
        if step in changes:
            change = changes[step](value)
            expected = change.applied(expected)
            catalog.mark([id_of(1)], change)
        elif step == "upsert":
            catalog.upsert([entry(1, title=value, tags=(CALM,))])
        elif step == "update":
            catalog.update(replace(track, title=value))
        elif step == "missing":
            catalog.remove_path("/music/1.ogg", NOON)
        else:
            catalog.update(replace(first, title="Stale"), before=first if value else None)
        assert catalog.get([id_of(1)])[0].marks == expected
    hidden_alone = [track.id for track in catalog.tracks(parse_filter("hidden:yes")) if not track.missing_since]
    [track] = catalog.get([id_of(1)])
    assert hidden_alone == ([id_of(1)] if expected.hidden_since and not track.missing_since else [])
