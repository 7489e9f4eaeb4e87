import os
import sys
import unicodedata
from pathlib import Path

import pytest

from indexer.failures import Failure
from indexer.ignoring import IGNORE_FILE
from indexer.scan import AudioFile, Scan, scan, scan_changed, scan_listed
from polymuse.errors import UserError
from tests.helpers.audio_files import touch

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems need file names to be text")


def found(*paths: Path) -> list[Path]:
    """The paths of a scan without failures."""
    return files_of(scan(paths))


def files_of(scanned: Scan) -> list[Path]:
    results = list(scanned)
    assert all(isinstance(result, AudioFile) for result in results), results
    return [result.path for result in results if isinstance(result, AudioFile)]


class TestSelection:
    def test_audio_at_any_depth_in_the_order_of_names(self, tmp_path: Path) -> None:
        expected = [touch(tmp_path / name) for name in ["A/2.mp3", "b.flac", "c/d/e/f.OGG", "z.wav"]]
        for name in ["A/cover.jpg", "b.txt", "c/d/list.m3u", "z.mid", "noise.mp3.part"]:
            touch(tmp_path / name)
        assert found(tmp_path) == expected

    def test_size_and_time_of_change(self, tmp_path: Path) -> None:
        path = touch(tmp_path / "a.mp3", b"12345")
        os.utime(path, ns=(1, 1_700_000_000_123_456_789))
        status = path.stat()
        assert list(scan([tmp_path])) == [
            AudioFile(path, 5, 1_700_000_000_123_456_789, status.st_ctime_ns, status.st_dev)
        ]

    def test_hidden_and_system_files_are_left_out(self, tmp_path: Path) -> None:
        for name in [".a.mp3", "._b.mp3", ".cache/c.mp3", "__MACOSX/d.mp3", "@eaDir/e.mp3", ".DS_Store"]:
            touch(tmp_path / name)
        assert found(tmp_path) == []

    def test_names_of_music_may_start_with_dots(self, tmp_path: Path) -> None:
        names = ["...And Justice for All/1.mp3", "...Baby.mp3", "..But Seriously/1.flac", ".38 Special/1.ogg"]
        expected = [touch(tmp_path / name) for name in names]
        touch(tmp_path / "...And Justice for All" / "._1.mp3")
        assert found(tmp_path) == expected

    def test_patterns_leave_out_and_are_counted(self, tmp_path: Path) -> None:
        for name in ["Podcasts/a.mp3", "b.wav", "c/.hidden.mp3", "c/d.mp3", "c/e.mp3", "@eaDir/f.mp3", ".git/g"]:
            touch(tmp_path / name)
        touch(tmp_path / "c" / IGNORE_FILE, b"e.*")
        scanned = scan([tmp_path], ["*.wav", "/Podcasts/"])
        assert files_of(scanned) == [tmp_path / "c" / "d.mp3"]
        assert scanned.left_out == {"excluded": 3, "hidden": 2, "system": 1}

    def test_patterns_of_folders_above_hold_below(self, tmp_path: Path) -> None:
        touch(tmp_path / IGNORE_FILE, b"/album/*.wav")
        touch(tmp_path / "album" / "a.wav")
        kept = touch(tmp_path / "album" / "b.mp3")
        assert found(tmp_path / "album") == [kept]

    def test_files_of_patterns_that_cannot_be_used_are_failures(self, tmp_path: Path) -> None:
        touch(tmp_path / "a" / IGNORE_FILE, b"*.wav\n!\n")
        touch(tmp_path / "a" / "b.wav")
        touch(tmp_path / "c" / IGNORE_FILE, b"x" * 1_000_001)
        kept = touch(tmp_path / "c" / "d.mp3")
        (tmp_path / "e" / IGNORE_FILE).mkdir(parents=True)
        failures = [each for each in scan([tmp_path]) if isinstance(each, Failure)]
        assert [failure.path for failure in failures] == [str(tmp_path / name / IGNORE_FILE) for name in "ac"]
        assert [each.path for each in scan([tmp_path]) if isinstance(each, AudioFile)] == [kept]

    def test_files_without_extension_are_recognised_by_their_first_bytes(self, tmp_path: Path) -> None:
        touch(tmp_path / "README", b"Read me, please, before you begin")
        touch(tmp_path / "empty", b"")
        expected = touch(tmp_path / "Mr. Sandman", b"OggS" + bytes(20))
        assert found(tmp_path) == [expected]

    def test_a_given_file_is_accepted_with_any_name(self, tmp_path: Path) -> None:
        path = touch(tmp_path / ".hidden.xyz")
        assert found(path) == [path]

    def test_relative_paths_come_back_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        touch(tmp_path / "music" / "a.mp3")
        monkeypatch.chdir(tmp_path)
        assert found(Path("music/../music")) == [tmp_path / "music" / "a.mp3"]

    def test_directory_named_like_a_file_is_entered(self, tmp_path: Path) -> None:
        path = touch(tmp_path / "x.mp3" / "y.mp3")
        assert found(tmp_path) == [path]


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "夜に駆ける.mp3",
            "🎸 solo 🎶.flac",
            "  two  spaces .ogg",
            "new\nline.wav",
            "-rf.mp3",
            "a:b?*.mp3",
            unicodedata.normalize("NFC", "Café.mp3"),
            unicodedata.normalize("NFD", "Café.mp3"),
            pytest.param(os.fsdecode(b"caf\xe9.mp3"), marks=linux_only),
        ],
    )
    @pytest.mark.skipif(os.name == "nt", reason="Windows forbids some of these names")
    def test_are_unchanged(self, name: str, tmp_path: Path) -> None:
        path = touch(tmp_path / name)
        assert [p.name for p in found(tmp_path)] == [name]
        assert found(tmp_path)[0].stat().st_size == path.stat().st_size

    @linux_only
    def test_two_normal_forms_are_two_files(self, tmp_path: Path) -> None:
        for form in ("NFC", "NFD"):
            touch(tmp_path / unicodedata.normalize(form, "Café.mp3"))  # type: ignore[arg-type]
        assert len(found(tmp_path)) == 2


class TestLinks:
    def test_to_files_and_directories_are_followed(self, tmp_path: Path) -> None:
        touch(tmp_path / "elsewhere" / "album" / "a.mp3")
        touch(tmp_path / "elsewhere" / "b.mp3")
        library = tmp_path / "library"
        library.mkdir()
        (library / "album").symlink_to(tmp_path / "elsewhere" / "album")
        (library / "b.mp3").symlink_to(tmp_path / "elsewhere" / "b.mp3")
        assert found(library) == [library / "album" / "a.mp3", library / "b.mp3"]

    def test_loops_end(self, tmp_path: Path) -> None:
        path = touch(tmp_path / "music" / "a.mp3")
        (tmp_path / "music" / "up").symlink_to(tmp_path)
        (tmp_path / "music" / "self").symlink_to(tmp_path / "music" / "self")
        *files, failure = list(scan([tmp_path]))
        assert [file.path for file in files if isinstance(file, AudioFile)] == [path]
        assert isinstance(failure, Failure)  # a link to itself leads nowhere
        assert failure.path == str(tmp_path / "music" / "self")

    def test_each_file_is_found_once(self, tmp_path: Path) -> None:
        first = touch(tmp_path / "a.mp3")
        (tmp_path / "b.mp3").symlink_to(first)
        assert found(tmp_path, tmp_path / "a.mp3", tmp_path) == [first]
        assert found(tmp_path / "b.mp3", tmp_path) == [tmp_path / "b.mp3"]

    def test_hard_links_are_files_of_their_own(self, tmp_path: Path) -> None:
        first = touch(tmp_path / "a.mp3")
        second = tmp_path / "c.mp3"
        second.hardlink_to(first)
        (tmp_path / "d.mp3").symlink_to(second)
        assert found(tmp_path, first, tmp_path) == [first, second]
        assert found(second, tmp_path) == [second, first]

    def test_copies_are_separate_files(self, tmp_path: Path) -> None:
        copies = [touch(tmp_path / "a.mp3", b"same"), touch(tmp_path / "b.mp3", b"same")]
        assert found(tmp_path) == copies

    def test_broken_ones_are_failures(self, tmp_path: Path) -> None:
        (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
        [failure] = scan([tmp_path])
        assert isinstance(failure, Failure)
        assert (failure.path, failure.stage) == (str(tmp_path / "gone.mp3"), "scan")
        assert "broken link" in failure.cause


class TestErrors:
    def test_missing_path_is_refused_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nowhere: there is no such file or directory"):
            scan([tmp_path, tmp_path / "nowhere"])

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
    def test_unreadable_directory_is_a_failure_and_the_rest_is_found(self, tmp_path: Path) -> None:
        locked = touch(tmp_path / "locked" / "a.mp3").parent
        path = touch(tmp_path / "open" / "b.mp3")
        locked.chmod(0)
        try:
            failure, file = scan([tmp_path])
        finally:
            locked.chmod(0o755)
        assert isinstance(failure, Failure)
        assert (failure.path, failure.stage) == (str(locked), "scan")
        assert "permission" in failure.cause
        assert failure.advice
        assert isinstance(file, AudioFile)
        assert file.path == path

    def test_directory_deleted_during_the_scan(self, tmp_path: Path) -> None:
        touch(tmp_path / "a.mp3")
        touch(tmp_path / "b" / "c.mp3")
        results = scan([tmp_path])
        assert isinstance(next(results), AudioFile)
        (tmp_path / "b" / "c.mp3").unlink()
        (tmp_path / "b").rmdir()
        [failure] = results
        assert isinstance(failure, Failure)
        assert failure.path == str(tmp_path / "b")
        assert "deleted during the scan" in failure.cause

    @pytest.mark.skipif(os.name == "nt", reason="no named pipes in directories")
    def test_pipe_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.mp3")
        os.mkfifo(tmp_path / "b")
        [failure] = scan([tmp_path])
        assert isinstance(failure, Failure)
        assert "pipe" in failure.cause


class TestChanged:
    def test_only_what_a_scan_of_the_roots_would_find(self, tmp_path: Path) -> None:
        touch(tmp_path / IGNORE_FILE, b"out/\n")
        kept = touch(tmp_path / "in" / "a.mp3")
        left_out = [touch(tmp_path / name) for name in ("out/b.mp3", "@eaDir/c.mp3", "in/d.wav", "in/.e.mp3", "f.txt")]
        paths = [kept, tmp_path / "gone.mp3", *left_out, tmp_path / "out", tmp_path / "@eaDir"]
        assert files_of(scan_changed(paths, [tmp_path], ["*.wav"])) == [kept]


class TestListed:
    def test_files_of_known_types_and_folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        names = ["a.mp3", "cover.jpg", "x/b.flac", "@eaDir/c.mp3", "x/._b.flac", "folder/d.mp3"]
        a, _, b, _, _, d = [touch(tmp_path / name) for name in names]
        listed = [Path(name) for name in names[:-1]] + [Path("x/../folder")]
        assert files_of(scan_listed(listed)) == [a, b, d]

    def test_outside_the_working_directory_names_count(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        kept = touch(tmp_path / ".local" / "a.mp3")
        assert files_of(scan_listed([kept, touch(tmp_path / "._b.mp3")])) == [kept]

    def test_missing_ones_are_failures(self, tmp_path: Path) -> None:
        kept = touch(tmp_path / "a.mp3")
        failure, file = scan_listed([kept, tmp_path / "b.mp3"])
        assert isinstance(failure, Failure)
        assert (failure.path, failure.stage) == (str(tmp_path / "b.mp3"), "scan")
        assert isinstance(file, AudioFile)
