"""What two processes change at once is kept of both."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from catalog.catalog import Catalog
from catalog.merging import with_other_changes, with_unseen_files
from catalog.track import Entry, FileRef, Track
from polymuse.music import Tag
from tests.helpers.ids import id_of

MakeEntry = Callable[..., Entry]


@pytest.fixture
def read(entry: MakeEntry) -> Track:
    return entry(1, paths=("/a", "/b"), artist="A").track


def with_files(track: Track, *paths: str) -> Track:
    return replace(track, files=tuple(FileRef(path, 1001, 7) for path in paths))


class TestOtherChanges:
    def test_each_keeps_its_attributes(self, read: Track) -> None:
        stored = replace(read, artist="B")
        found = with_other_changes(replace(read, title="New"), read, stored)
        assert (found.title, found.artist) == ("New", "B")

    @pytest.mark.parametrize(
        ("mine", "stored", "expected"),
        [
            ("/a /b", "/a /b", "/a /b"),
            ("/a /b /c", "/a /b /d", "/a /b /d /c"),  # both add one
            ("/a", "/a /b /d", "/a /d"),  # one removes, one adds
            ("/a /b /c", "/b", "/b /c"),  # one adds, one removes
            ("/a", "/b", "/a"),  # each removes the one that the other keeps
        ],
    )
    def test_files(self, read: Track, mine: str, stored: str, expected: str) -> None:
        found = with_other_changes(with_files(read, *mine.split()), read, with_files(read, *stored.split()))
        assert found.files == with_files(read, *expected.split()).files

    def test_a_new_version_of_a_file_is_taken(self, read: Track) -> None:
        newer = FileRef("/a", 5, 8)
        found = with_other_changes(
            replace(read, files=(newer, read.files[1])), read, with_files(read, "/a", "/b", "/c")
        )
        assert found.files == (newer, *with_files(read, "/b", "/c").files)


def test_files_that_were_not_seen_are_kept(read: Track) -> None:
    mine = with_files(read, "/b", "/new")  # /a is gone
    for before, stored in ((read, "/a /b /c"), (None, "/b /c")):
        found = with_unseen_files(mine, before, with_files(read, *stored.split()))
        assert found.files == with_files(read, "/c", "/b", "/new").files


class TestCatalog:
    def test_a_change_of_tags_keeps_a_file_that_was_added_meanwhile(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1)])
        [one] = [two] = catalog.get([id_of(1)])
        catalog.update(replace(one, files=(*one.files, FileRef("/copy.ogg", 1, 1))), before=one)
        catalog.update(replace(two, tags=(Tag("calm", "mood", 0.5),)), before=two)
        [found] = catalog.get([id_of(1)])
        assert [file.path for file in found.files] == ["/music/1.ogg", "/copy.ogg"]
        assert [tag.slug for tag in found.tags] == ["calm"]

    def test_an_analysis_keeps_a_file_that_was_added_meanwhile(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1)], known={})
        catalog.upsert([entry(1, paths=("/copy.ogg",))], known={})
        assert {file.path for file in catalog.get([id_of(1)])[0].files} == {"/music/1.ogg", "/copy.ogg"}
        catalog.upsert([entry(1, paths=("/copy.ogg",))], known={id_of(1): catalog.get([id_of(1)])[0]})
        assert [file.path for file in catalog.get([id_of(1)])[0].files] == ["/copy.ogg"]
