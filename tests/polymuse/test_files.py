"""The temporary file, the permissions, and what a full disk leaves: files of a real file system."""

import errno
import os
import re
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from polymuse.files import leftovers, make_directories, replacing, write_atomically
from tests.helpers.full_disk import full_disk
from tests.helpers.paths import ROOT


class TestWhole:
    def test_appears_at_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        with write_atomically(path) as file:
            file.write(b"new")
            assert not path.exists()
        assert path.read_bytes() == b"new"
        assert list(tmp_path.iterdir()) == [path]

    def test_text_is_utf_8_with_unix_line_ends(self, tmp_path: Path) -> None:
        with write_atomically(tmp_path / "a", "w") as file:
            file.write("茉莉花\n")
        assert (tmp_path / "a").read_bytes() == "茉莉花\n".encode()

    def test_a_name_as_long_as_the_system_takes(self, tmp_path: Path) -> None:
        with write_atomically(tmp_path / ("n" * 255)) as file:
            file.write(b"new")
        assert (tmp_path / ("n" * 255)).read_bytes() == b"new"

    def test_two_writers_do_not_mix(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        with write_atomically(path) as first, write_atomically(path) as second:
            first.write(b"first" * 10_000)
            second.write(b"second")
        assert path.read_bytes() == b"first" * 10_000  # the second was finished before it

    def test_whatever_fails_leaves_the_old_file_and_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        with suppress(KeyboardInterrupt), write_atomically(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
    def test_a_pipe_stays_one(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with write_atomically(path) as file:
            file.write(b"new")
        assert os.read(reader, 10) == b"new"
        assert stat.S_ISFIFO(path.stat().st_mode)
        os.close(reader)

    def test_a_directory_in_the_place(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        with pytest.raises(OSError, match="a"), write_atomically(tmp_path / "a") as file:
            file.write(b"new")
        assert [path.name for path in tmp_path.iterdir()] == ["a"]

    @pytest.mark.parametrize("size", [200_000, 1_000])  # the smaller one fits into a buffer: it fails when it is closed
    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self, size: int, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"old")
        with full_disk(500), pytest.raises(OSError, match=os.strerror(errno.EFBIG)), write_atomically(path) as file:
            file.write(bytes(size))
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
class TestPermissions:
    def mode(self, path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    @pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
    def test_a_new_file_has_those_of_any_new_file(self, mask: int, tmp_path: Path) -> None:
        before = os.umask(mask)
        try:
            with write_atomically(tmp_path / "a"):
                pass
        finally:
            os.umask(before)
        assert self.mode(tmp_path / "a") == 0o666 & ~mask

    @pytest.mark.parametrize("mode", [0o640, 0o444, 0o755])
    def test_a_file_that_is_replaced_keeps_its_own(self, mode: int, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "a").chmod(mode)
        with write_atomically(tmp_path / "a") as file:
            file.write(b"new")
        assert self.mode(tmp_path / "a") == mode
        assert (tmp_path / "a").read_bytes() == b"new"

    def test_a_writer_that_makes_a_private_file_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "any").touch()
        with replacing(tmp_path / "a") as part:
            private = tmp_path / "private"
            private.touch(0o600)
            private.replace(part)
        assert self.mode(tmp_path / "a") == self.mode(tmp_path / "any")


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be deleted there")
class TestLeftovers:
    def test_a_file_that_is_being_written_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "below").mkdir()
        with write_atomically(tmp_path / "below" / "a") as file:
            [part] = (tmp_path / "below").iterdir()
            assert leftovers(tmp_path) == []
            shutil.copy(part, left := tmp_path / part.name)  # as a killed process leaves it
            assert leftovers(tmp_path) == [left]
            file.write(b"new")
        assert (tmp_path / "below" / "a").read_bytes() == b"new"

    def test_files_of_others_are_none(self, tmp_path: Path) -> None:
        for name in ("a.part", ".a.part", "polymuse-a.part", "weights.bin.part"):
            (tmp_path / name).touch()
        assert leftovers(tmp_path) == []


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
class TestDurable:
    """The system calls of a process of its own: each new name is followed by a sync of its directory."""

    def calls(self, tmp_path: Path, script: str) -> list[str]:
        log = tmp_path / "log"
        trace = ["strace", "-f", "-y", "-o", str(log), "-e", "trace=rename,renameat,renameat2,mkdir,mkdirat,fsync"]
        code = f"from pathlib import Path\nfrom polymuse.files import *\nhere = Path({str(tmp_path)!r})\n{script}"
        run = subprocess.run([*trace, sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
        if run.returncode:
            pytest.skip("processes may not be traced here")
        lines = [line.partition(" ")[2] for line in log.read_text().splitlines() if str(tmp_path) in line]
        return [re.sub(rf"{tmp_path}/?|[0-9]+<", "", line).split(" =")[0].strip() for line in lines]

    def test_a_file(self, tmp_path: Path) -> None:
        calls = self.calls(tmp_path, "with write_atomically(here / 'a') as file: file.write(b'a')")
        assert [call.split("(")[0] for call in calls] == ["fsync", "rename", "fsync"]
        assert calls[-1] == "fsync(>)"

    def test_a_directory_that_moves(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        calls = self.calls(tmp_path, "move(here / 'a' / 'b', here / 'c')")
        assert calls == ['rename("a/b", "c")', "fsync(>)", "fsync(a>)"]

    def test_new_directories(self, tmp_path: Path) -> None:
        calls = self.calls(tmp_path, "make_directories(here / 'a' / 'b')")
        assert [call for call in calls if call.startswith("fsync")] == ["fsync(a>)", "fsync(>)"]
        assert (tmp_path / "a" / "b").is_dir()

    def test_a_tree(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        assert self.calls(tmp_path, "sync_tree(here / 'a')") == ["fsync(a>)", "fsync(a/b>)"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_new_directories_are_private_and_old_ones_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    make_directories(tmp_path / "shared" / "home" / "store")
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("shared", "shared/home", "shared/home/store")]
    assert modes == [0o755, 0o700, 0o700]
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "in"):
        with pytest.raises(OSError, match=r"exists|directory"):
            make_directories(path)
