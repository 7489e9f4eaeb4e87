"""Tags of tracks in real files of every kind: written, read back by other programs, and taken back."""

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import av
import mutagen
import portalocker
import pytest
from mediafile import MediaFile
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TBPM, TIT2

from catalog.catalog import Catalog
from catalog.track import Track
from indexer.file_tags import read_tags
from indexer.identity import track_id
from indexer.rereading import Stored, find_rereads
from indexer.scan import AudioFile, scan
from indexer.tag_writing.fields import FIELDS
from indexer.tag_writing.items import RefusedError
from indexer.tag_writing.planning import Overwrite
from indexer.tag_writing.replacing import Options, open_tags, replace_tags
from indexer.tag_writing.run_journal import UNDO, WRITE, RunJournal
from indexer.tag_writing.wanted import wanted
from indexer.tag_writing.writing import Result, TagWriter
from polymuse.errors import UnavailableError
from tests.helpers.full_disk import full_disk
from tests.helpers.tagged_files import audio, id3, vorbis
from tests.indexer.tag_writing.conftest import MEASURED, SUFFIXES, AddTrack

USUAL = ("mood", "bpm", "key")


def write(
    catalog: Catalog,
    journal: RunJournal,
    tracks: Sequence[Track],
    fields: Sequence[str] = USUAL,
    overwrite: Overwrite = "ours",
    options: Options = Options(),  # noqa: B008  it is frozen
) -> list[Result]:
    writer = TagWriter(catalog, journal, options, write=True)

    def texts(track: Track) -> Mapping[str, tuple[str, ...]]:
        return wanted(track, fields, 0.6, str, 3600.0)

    with journal.running(WRITE):
        return [*writer.tags_of(catalog.get([track.id for track in tracks]), texts, overwrite)]


def undo(catalog: Catalog, journal: RunJournal) -> list[Result]:
    fresh = RunJournal(journal._file.path)
    run = fresh.run().name
    with fresh.running(UNDO, run):
        return [*TagWriter(catalog, fresh, Options(), write=True).back(run)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_programs_read_what_was_written(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack, suffix: str
) -> None:
    track = add_track(tmp_path / f"a.{suffix}")
    before = Path(track.files[0].path).read_bytes()
    [result] = write(catalog, journal, [track], FIELDS)
    assert (result.status, {*result.changes}) == ("changed", {*FIELDS} - {"grouping"})
    path = Path(track.files[0].path)
    beets = MediaFile(path)
    assert (beets.bpm, beets.genres) == (124, ["Jazz"])  # 123.6 rounded
    if suffix != "opus":  # which has R128 only
        assert beets.rg_track_gain == pytest.approx(-7.0)  # -18 - -11
        assert beets.rg_track_peak == pytest.approx(0.891251)  # 10 ** (-1 / 20)
    else:
        assert beets.r128_track_gain == -12  # -23 - -11
    assert beets.initial_key == "F#m"
    with av.open(str(path)) as container:
        seen = {key.upper(): text for key, text in {**container.streams[0].metadata, **container.metadata}.items()}
    assert seen.get("MOOD", seen.get("TMOO", "")).startswith("Calm")  # FFmpeg reads one value of an ID3 frame
    assert read_tags(path).tag_bpm == 124
    assert track_id(path) == track.id
    [again] = write(catalog, RunJournal(journal._file.path), [track], FIELDS)
    assert again.status == "unchanged"
    assert undo(catalog, journal)[0].status == "changed"
    left = str(getattr(mutagen.File(path), "tags", None) or "")
    assert not any(field in left for field in ("MOOD", "TMOO", "POLYMUSE"))
    if suffix in ("mp3", "wav"):  # which had no tag: it is gone again
        assert path.read_bytes() == before


def test_what_a_person_wrote_stays(tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack) -> None:
    track = add_track(vorbis(tmp_path / "a.flac", ("TEMPO", "90"), ("Artist", "Can"), ("artist", "Neu!"), ("MOOD", "")))
    [result] = write(catalog, journal, [track])
    assert {*result.changes} == {"mood", "key"}  # an empty mood is none
    assert result.kept == {"bpm": ("90",)}
    tags = FLAC(track.files[0].path).tags
    assert tags is not None
    assert [*tags][:3] == [("TEMPO", "90"), ("Artist", "Can"), ("artist", "Neu!")]  # type: ignore[misc]
    [result] = write(catalog, journal, [track], overwrite="always")
    assert result.changes["bpm"].whose == "theirs"
    assert catalog.get([track.id])[0].bpm_source == "measured"
    undo(catalog, journal)
    assert catalog.get([track.id])[0].tag_bpm == 90


def test_a_later_run_replaces_what_was_ours_unless_somebody_changed_it(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    track = add_track(tmp_path / "a.flac")
    write(catalog, journal, [track])
    file = FLAC(track.files[0].path)
    file["KEY"], file["INITIALKEY"] = ["Am"], ["Am"]  # by a person
    file.save()
    catalog.update(replace(catalog.get([track.id])[0], measured=replace(MEASURED, bpm=61.8, key="C")))
    [result] = write(catalog, RunJournal(journal._file.path), [track], overwrite="never")
    assert result.changes == {}
    [result] = write(catalog, RunJournal(journal._file.path), [track])
    assert [(change.old, change.new, change.whose) for change in result.changes.values()] == [
        (("124",), ("62",), "ours")
    ]
    assert result.kept == {"key": ("Am",)}
    catalog.update(replace(catalog.get([track.id])[0], measured=replace(MEASURED, bpm=None)))
    [result] = write(catalog, RunJournal(journal._file.path), [track])
    assert result.changes["bpm"].new == ()  # it is not known any more


def test_a_written_file_is_known_to_the_next_run_and_its_measured_tempo_is_not_its_own(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    track = add_track(tmp_path / "a.mp3")
    write(catalog, journal, [track], FIELDS)
    stored = catalog.get([track.id])[0]
    [found] = scan([tmp_path / "a.mp3"])
    assert isinstance(found, AudioFile)
    [file] = stored.files
    assert (file.size, file.mtime_ns, file.ctime_ns) == (found.size, found.mtime_ns, found.ctime_ns)
    seen = Stored(stored.id, stored.files, stored.tags_version)
    assert [*find_rereads([seen], [found], all_tracks=False)] == []
    assert (stored.bpm_source, stored.key_source, stored.genres) == ("measured", "measured", ())
    tags = RunJournal(journal._file.path).without_ours(track.id, found.path, read_tags(found.path))
    assert (tags.tag_bpm, tags.tag_key, tags.genres) == (None, "", ())
    file = ID3(found.path)
    file.add(TBPM(text=["125"]))
    file.save()
    tags = RunJournal(journal._file.path).without_ours(track.id, found.path, read_tags(found.path))
    assert (tags.tag_bpm, tags.tag_key) == (125, "")


def test_a_file_with_several_names_is_left_alone_unless_it_may_be_split(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    track = add_track(tmp_path / "a.ogg")
    other = tmp_path / "seeded.ogg"
    other.hardlink_to(track.files[0].path)
    content = other.read_bytes()
    [result] = write(catalog, journal, [track])
    assert result.status == "left out"
    assert "hard links" in result.reason
    [result] = write(catalog, journal, [track], options=Options(split_links=True))
    assert result.status == "changed"
    assert other.read_bytes() == content


def test_mode_attributes_and_links_are_kept(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    real = audio(tmp_path / "real.flac")
    real.chmod(0o640)
    link = tmp_path / "link.flac"
    link.symlink_to(real)
    if hasattr(os, "setxattr"):
        os.setxattr(real, "user.note", b"mine")
    before = real.stat()
    [result] = write(catalog, journal, [add_track(link)], options=Options(keep_mtime=True))
    after = real.stat()
    assert result.status == "changed"
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (before.st_mode, before.st_uid, before.st_mtime_ns)
    if hasattr(os, "setxattr"):
        assert os.getxattr(real, "user.note") == b"mine"


def test_a_full_disk_ends_the_run_and_leaves_the_file(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = add_track(tmp_path / "a.flac")
    content = (tmp_path / "a.flac").read_bytes()
    monkeypatch.setattr("indexer.tag_writing.writing.FULL", (errno.EFBIG,))  # what a limit of the process says
    with full_disk(4096), pytest.raises(UnavailableError, match="disk is full"):
        write(catalog, journal, [track])
    assert (tmp_path / "a.flac").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    assert RunJournal(journal._file.path).runs == {}


def test_files_that_are_gone_read_only_or_changed_fail_alone(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    gone, fixed, changed, good = (add_track(vorbis(tmp_path / f"{name}.flac")) for name in ("a", "b", "c", "d"))
    catalog.delete([each.id for each in (gone, fixed, changed)])
    tracks = []
    for number, name in enumerate("abc"):  # the same audio has one id, so these get others
        tracks.append(replace(good, id=f"0000000{number}-0000-5000-8000-000000000000", files=good.files))
        tracks[-1] = replace(tracks[-1], files=(replace(good.files[0], path=str(tmp_path / f"{name}.flac")),))
    (tmp_path / "a.flac").unlink()
    (tmp_path / "b.flac").chmod(0o444)
    writer = TagWriter(catalog, journal, Options(), write=True)
    with journal.running(WRITE):
        results = [*writer.tags_of(tracks, lambda track: wanted(track, USUAL, 0.6, str, 3600.0))]
    assert [(each.status, each.reason) for each in results] == [
        ("failed", "it is gone"),
        ("failed", "it is read-only"),
        ("failed", "its audio is not what the library has: run polymuse index first"),
    ]


def test_a_file_that_is_locked_or_changes_while_it_is_written_stays(tmp_path: Path) -> None:
    path = audio(tmp_path / "a.flac")
    opened = open_tags(path)
    made = [*(item.raw for item in opened.area.items), *opened.container.render("FLAC", "bpm", ["120"])]
    with path.open("rb") as other:
        portalocker.lock(other, portalocker.LOCK_EX)
        with pytest.raises(RefusedError, match="locked"):
            replace_tags(opened, made, track_id(path), lambda: None, Options())
    vorbis(path, ("BPM", "90"))
    with pytest.raises(RefusedError, match="has changed"):
        replace_tags(opened, made, track_id(path), lambda: None, Options())
    opened = open_tags(path)

    def change() -> None:
        vorbis(path, ("BPM", "91"))

    with pytest.raises(RefusedError, match="has changed"):
        replace_tags(opened, made, track_id(path), change, Options())
    assert FLAC(path)["bpm"] == ["91"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.flac"]


def test_only_one_process_writes(journal: RunJournal) -> None:
    with (
        journal.running(WRITE),
        pytest.raises(UnavailableError, match="Another"),
        RunJournal(journal._file.path).running(WRITE),
    ):
        pass


def test_version_2_3_stays_and_other_frames_are_the_same_bytes(
    tmp_path: Path, catalog: Catalog, journal: RunJournal, add_track: AddTrack
) -> None:
    path = id3(tmp_path / "a.mp3", TIT2(encoding=1, text=["Ä"]), version=3)
    before = path.read_bytes()
    write(catalog, journal, [add_track(path)], FIELDS)
    frames = ID3(path, translate=False)
    assert frames.version[:2] == (2, 3)
    assert frames["TXXX:MOOD"].text == ["Calm; Happy"]
    frame = before[10:]
    assert frame[: 10 + int.from_bytes(frame[4:8])] in path.read_bytes()
