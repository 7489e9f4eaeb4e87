import os
import sys
import unicodedata
from pathlib import Path

import pytest

from indexer.failures import Failure
from indexer.scan import AudioFile, scan
from polymuse.errors import UserError

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems need file names to be text")


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(*paths: Path) -> list[Path]:
    """The paths of a scan without failures."""
    results = list(scan(paths))
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
        (tmp_path / "c.mp3").hardlink_to(first)
        assert found(tmp_path, tmp_path / "a.mp3", tmp_path) == [first]

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
