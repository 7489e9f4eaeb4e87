"""Tags that are read again without analysing anything."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.flac import FLAC

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from indexer.file_tags import TAGS_VERSION, read_tags
from indexer.jobs import Outcome, Reading
from indexer.redecoding import is_file_redecoded
from indexer.rereading import Reread, Stored, find_rereads, reread
from indexer.scan import AudioFile, scan
from polymuse.errors import BadAudioError
from tests.helpers.audio_files import encode, sweep
from tests.helpers.ids import id_of

VECTOR = np.array([0.6, 0.8, 0, 0], np.float32)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.in_memory(Space(name="test", dim=4, fingerprint="f" * 64, profile="starter"))


@pytest.fixture
def song(tmp_path: Path) -> AudioFile:
    encode(tmp_path / "song.flac", "flac", sweep(0.2, 44_100), tags={"title": "New", "artist": "Can"})
    return scanned(tmp_path / "song.flac")


def scanned(path: Path) -> AudioFile:
    [file] = scan([path])
    assert isinstance(file, AudioFile)
    return file


def as_ref(file: AudioFile, ctime_ns: int | None = None) -> FileRef:
    ctime_ns = file.ctime_ns if ctime_ns is None else ctime_ns
    return FileRef(str(file.path), file.size, file.mtime_ns, ctime_ns, file.device)


def store(catalog: Catalog, files: Sequence[FileRef], tags_version: int = TAGS_VERSION, **tags: Any) -> Track:
    shown = {"title": "Old", **tags}
    track = Track(id_of(1), tuple(files), duration=0.2, format="flac", tags_version=tags_version, **shown)
    catalog.upsert([Entry(track, {"mix": VECTOR})])
    return track


def found(track: Track, *files: AudioFile, all_tracks: bool = False) -> list[Reread]:
    return list(find_rereads([Stored(track.id, track.files, track.tags_version)], files, all_tracks=all_tracks))


def done(catalog: Catalog, rereads: list[Reread]) -> tuple[list[AudioFile], list[Outcome]]:
    outcomes: list[Outcome] = []
    readings = [(each.file, Reading(read_tags(each.file.path), is_file_redecoded(each.file.path))) for each in rereads]
    left = {str(each.file.path): each for each in rereads}
    compare = reread(catalog, left, readings, outcomes.append)
    assert left == {}
    return compare, outcomes


class TestWhatIsReadAgain:
    def test_what_an_earlier_version_has_read(self, catalog: Catalog, song: AudioFile) -> None:
        assert found(store(catalog, [as_ref(song)]), song) == []
        old = store(catalog, [as_ref(song, 0)], tags_version=TAGS_VERSION - 1)
        [each] = found(old, song)
        assert (each.file, each.touched) == (song, False)  # an unknown ctime is no change
        assert found(old) == []  # its file has not been found, or has changed

    def test_a_file_whose_ctime_has_changed(self, catalog: Catalog, song: AudioFile) -> None:
        [each] = found(store(catalog, [as_ref(song, 1)]), song)
        assert each.touched
        assert found(store(catalog, [as_ref(song, 0)]), song) == []
        assert found(store(catalog, [as_ref(song, 1)]), replace(song, ctime_ns=0)) == []

    def test_everything_on_request(self, catalog: Catalog, song: AudioFile) -> None:
        [each] = found(store(catalog, [as_ref(song)]), song, all_tracks=True)
        assert not each.touched


class TestReadingAgain:
    def test_new_tags_are_stored_and_vectors_stay(self, catalog: Catalog, song: AudioFile) -> None:
        old = store(catalog, [as_ref(song, 0)], tags_version=0, artist="Neu!")
        assert done(catalog, found(old, song)) == ([], [Outcome(str(song.path), "updated", song.size, track_id=old.id)])
        [track] = catalog.get([old.id])
        assert (track.title, track.artists, track.tags_version) == ("New", ("Can",), TAGS_VERSION)
        assert track.files == (as_ref(song),)
        assert (catalog.vectors([old.id])[old.id]["mix"] == VECTOR).all()
        assert found(track, song) == []

    def test_the_same_tags_are_an_update_only_if_the_version_is_new(self, catalog: Catalog, song: AudioFile) -> None:
        same: dict[str, Any] = {"title": "New", "artist": "Can"}
        touched = store(catalog, [as_ref(song, 1)], **same)
        assert done(catalog, found(touched, song)) == (
            [],
            [Outcome(str(song.path), "unchanged", song.size, track_id=touched.id)],
        )
        assert found(catalog.get([touched.id])[0], song) == []
        old = store(catalog, [as_ref(song)], tags_version=0, **same)
        assert [outcome.status for outcome in done(catalog, found(old, song))[1]] == ["updated"]

    def test_a_touched_file_with_other_tags_may_be_other_audio(self, catalog: Catalog, song: AudioFile) -> None:
        touched = store(catalog, [as_ref(song, 1)])
        assert done(catalog, found(touched, song)) == ([song], [])
        assert catalog.get([touched.id]) == [touched]

    def test_a_track_with_copies_keeps_the_tags_of_the_last(
        self, catalog: Catalog, song: AudioFile, tmp_path: Path
    ) -> None:
        (tmp_path / "copy.flac").write_bytes(song.path.read_bytes())
        tagged = FLAC(tmp_path / "copy.flac")
        tagged["TITLE"] = "Copy"
        tagged.save()
        copy = scanned(tmp_path / "copy.flac")
        track = store(catalog, [as_ref(copy, 1), as_ref(song, 1)], title="New", artist="Can")
        [each] = found(track, copy, song)
        assert each.file == song
        done(catalog, [each])
        assert catalog.get([track.id]) == [replace(track, files=(as_ref(copy), as_ref(song)))]

    def test_a_file_that_cannot_be_read_keeps_its_tags(self, catalog: Catalog, song: AudioFile) -> None:
        track = store(catalog, [as_ref(song, 1)])
        outcomes: list[Outcome] = []
        error = BadAudioError("song.flac: cannot be read: Permission denied", "Check its permissions and its disk")
        [each] = found(track, song)
        assert reread(catalog, {str(song.path): each}, [(song, error)], outcomes.append) == []
        assert [(outcome.status, outcome.failure and outcome.failure.stage) for outcome in outcomes] == [
            ("failed", "tags")
        ]
        assert catalog.get([track.id]) == [track]

    def test_a_track_that_was_deleted_meanwhile_is_new(self, catalog: Catalog, song: AudioFile) -> None:
        track = store(catalog, [as_ref(song, 0)], tags_version=0)
        rereads = found(track, song)
        catalog.delete([track.id])
        assert done(catalog, rereads) == ([song], [])
