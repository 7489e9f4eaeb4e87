"""Permissions of the library and of what the user asks for, with real umasks."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polymuse.files import make_directories, write_atomically
from polymuse.home import Home
from polymuse.permissions import VARIABLE, directory_for_user, keep_private, protect, write_for_user
from tests.helpers.audio_files import encode, sweep
from tests.helpers.command_line import run_polymuse

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Starts as the program does, with this umask."""
    monkeypatch.setenv(VARIABLE, "")  # to be restored
    monkeypatch.delenv(VARIABLE)
    before = os.umask(0o022)

    def run(umask: int) -> None:
        os.umask(umask)
        keep_private()

    yield run
    os.umask(before)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A home as versions before the first release made it, with weights."""
    home = tmp_path / "home"
    for path in ("store/tracks__starter/segments", "models/starter", "libraries/jazz"):
        make_tree(home / path, 0o755)
    for path in (
        "store/tracks__starter/store.json",
        "failures.jsonl",
        "under-way.1.lock",
        "models/starter/a",
        "sessions.json",
    ):
        (home / path).touch(0o644)
    (home / "store" / "link").symlink_to(tmp_path)
    home.chmod(0o755)
    return home


def make_tree(path: Path, mode: int) -> None:
    path.mkdir(parents=True)
    for each in (path, *path.parents[:2]):
        each.chmod(mode)


def modes(root: Path) -> dict[str, int]:
    return {str(path.relative_to(root)): mode(path) for path in (root, *root.rglob("*")) if not path.is_symlink()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestNewFiles:
    def test_those_of_the_library_are_private(self, start: Callable[[int], None], tmp_path: Path) -> None:
        start(0o022)
        make_directories(tmp_path / "home" / "store")
        with write_atomically(tmp_path / "home" / "a"):
            pass
        (tmp_path / "home" / "by-an-engine").touch()
        assert set(modes(tmp_path / "home").values()) == {0o700, 0o600}

    @pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
    def test_those_of_the_user_follow_the_umask(self, umask: int, start: Callable[[int], None], tmp_path: Path) -> None:
        start(umask)
        directory_for_user(tmp_path / "out" / "stems")
        with write_for_user(tmp_path / "out" / "a.wav") as file:
            (tmp_path / "meanwhile").touch()
            file.write(b"a")
        with write_for_user(tmp_path / "out" / "report.md", "w") as text:
            text.write("a")
        assert modes(tmp_path / "out") == {
            ".": 0o777 & ~umask,
            "stems": 0o777 & ~umask,
            "a.wav": 0o666 & ~umask,
            "report.md": 0o666 & ~umask,
        }
        assert mode(tmp_path / "meanwhile") == 0o600

    def test_threads_leave_the_umask_private(self, start: Callable[[int], None], tmp_path: Path) -> None:
        start(0o022)
        together = threading.Barrier(8)

        def write(number: int) -> None:
            together.wait()
            for _ in range(50):
                directory_for_user(tmp_path / str(number) / "stems")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (tmp_path / "after").touch()
        assert mode(tmp_path / "after") == 0o600

    def test_a_process_that_is_started_knows_the_umask_of_the_user(
        self, start: Callable[[int], None], tmp_path: Path
    ) -> None:
        start(0o022)
        code = f"""
from pathlib import Path
from polymuse.permissions import keep_private, write_for_user
keep_private()
Path({str(tmp_path / "own")!r}).touch()
with write_for_user(Path({str(tmp_path / "users")!r})):
    pass
"""
        subprocess.run([sys.executable, "-c", code], check=True)
        assert [mode(tmp_path / "own"), mode(tmp_path / "users")] == [0o600, 0o644]

    def test_without_the_program_nothing_changes(self, tmp_path: Path) -> None:
        """In a program that imports the packages, the umask is its own business."""
        (tmp_path / "any").touch()
        with write_for_user(tmp_path / "a"):
            pass
        assert mode(tmp_path / "a") == mode(tmp_path / "any")


class TestExistingHome:
    def test_it_is_put_right_but_for_weights_and_links(self, root: Path) -> None:
        outside = mode(root.parent)
        protect(Home(root))
        found = modes(root)
        assert found.pop("models") == found.pop("models/starter") == 0o755
        assert found.pop("models/starter/a") == 0o644
        assert set(found.values()) == {0o700, 0o600}
        assert mode(root.parent) == outside

    def test_another_use_of_the_directory(self, root: Path) -> None:
        """Such as the home directory of a user: only what is ours is closed."""
        (root / "public_html").mkdir(mode=0o755)
        protect(Home(root))
        assert mode(root) == 0o755
        assert mode(root / "public_html") == 0o755
        assert [mode(root / name) for name in ("store", "failures.jsonl", "libraries")] == [0o700, 0o600, 0o700]

    @pytest.mark.parametrize("chosen", [0o750, 0o700, 0o2770])
    def test_what_is_closed_to_others_stays_as_it_is(self, chosen: int, root: Path) -> None:
        for path in (root, *root.iterdir()):
            path.chmod(chosen if path.is_dir() else 0o660)
        before = modes(root)
        protect(Home(root))
        assert modes(root) == before

    def test_a_group_keeps_what_it_has(self, root: Path, start: Callable[[int], None]) -> None:
        for path in root.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o775 if path.is_dir() else 0o664)
        root.chmod(0o2775)
        start(0o002)
        protect(Home(root))
        assert mode(root) == 0o2770
        assert mode(root / "store" / "tracks__starter" / "store.json") == 0o660
        make_directories(root / "store" / "new")
        (root / "store" / "new" / "by-an-engine").touch()
        assert mode(root / "store" / "new") & 0o777 == 0o770
        assert mode(root / "store" / "new" / "by-an-engine") == 0o660

    def test_no_home_and_no_permission(self, tmp_path: Path) -> None:
        protect(Home(tmp_path / "missing"))
        assert not (tmp_path / "missing").exists()
        protect(Home(Path("/proc/self")))  # nothing there may be changed


@pytest.mark.slow
def test_a_library_and_what_it_gives_away(polymuse_home: Path, tmp_path: Path) -> None:
    for path in (polymuse_home, polymuse_home / "models", polymuse_home / "models" / "starter"):
        path.chmod(0o755)
    music = tmp_path / "music"
    music.mkdir()
    song = encode(music / "sweep.flac", "flac", sweep(12.0, 44_100))
    out = tmp_path / "out"
    environment = {**os.environ, "POLYMUSE_PROFILE": "starter"}
    for command in (
        ("index", music, "--save-stems", out / "saved"),
        ("separate", song, "--out", out / "separated"),
        ("analyze", song, "--out", out / "report"),
        ("export", out / "export.jsonl"),
    ):
        result = run_polymuse(*command, umask=0o022, env=environment)
        assert result.returncode == 0, result.stderr
    own = {name: each for name, each in modes(polymuse_home).items() if not name.startswith("models")}
    assert any(name.startswith("store/") for name in own)
    assert {name: oct(each) for name, each in own.items() if each & 0o077} == {}
    given = modes(out)
    assert len(given) > 10
    assert {name: oct(each) for name, each in given.items() if each not in (0o755, 0o644)} == {}
