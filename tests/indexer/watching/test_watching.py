"""Changes below real folders, where watching has holes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.stopping import Stop
from indexer.watching import FolderState, Watching
from tests.helpers.disks import mounted, open_folder, ordinary_user, unmount
from tests.helpers.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="other systems watch whole trees")]

TIMEOUT = 120.0  # seconds


class Changes:
    """What is to be scanned again below a root, and what was said."""

    def __init__(self, *roots: Path, rescan_hours: float = 0.0) -> None:
        self.said: list[str] = []
        self.watching = Watching(roots, self.said.append, rescan_hours=rescan_hours)
        self._changes = self.watching.changes(Stop(TIMEOUT))

    def wait_for(self, *paths: Path) -> None:
        """Until each path, or a folder above it, is to be scanned again."""
        wanted = set(paths)
        for found in self._changes:
            wanted = {path for path in wanted if not any(path.is_relative_to(each) for each in found)}
            if not wanted:
                return
        raise AssertionError(f"nothing was said of {wanted}")

    def close(self) -> None:
        self._changes.close()


@pytest.fixture
def root() -> Iterator[Path]:
    with open_folder() as folder:
        (folder / "music").mkdir()
        yield folder / "music"


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_a_folder_that_cannot_be_read_hides_no_other(root: Path) -> None:
    """Its name comes between those of the others, whatever the order."""
    for name in ("a", "m", "z"):
        (root / name).mkdir()
    (root / "m").chmod(0)
    try:
        with ordinary_user():
            changes = Changes(root)
            changes.wait_for(root)
        [state] = changes.watching.states()
        assert state.state == "watched"
        assert state.problems == (f"1 folders cannot be read, such as {root / 'm'}",)
        changes.wait_for(write(root / "a" / "1.mp3"), write(root / "z" / "1.mp3"))
        (root / "m").chmod(0o755)
        changes.wait_for(write(root / "m" / "1.mp3"))
        changes.close()
    finally:
        (root / "m").chmod(0o755)


def test_new_moved_and_replaced_folders_are_watched(root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    changes = Changes(root)
    changes.wait_for(root)
    (root / "new" / "deep").mkdir(parents=True)
    changes.wait_for(root / "new")
    changes.wait_for(write(root / "new" / "deep" / "1.mp3"))
    (root / "a").rename(root / "c")
    changes.wait_for(root / "c")
    changes.wait_for(write(root / "c" / "b" / "1.mp3"))
    shutil.rmtree(root / "c")
    (root / "c" / "b").mkdir(parents=True)
    changes.wait_for(root / "c")
    changes.wait_for(write(root / "c" / "b" / "2.mp3"))
    changes.close()


def test_a_disk_below_a_root_comes_and_goes(root: Path) -> None:
    disk = root / "disk"
    disk.mkdir()
    changes = Changes(root)
    changes.wait_for(root)
    with mounted(disk):
        changes.wait_for(disk)
        changes.wait_for(write(disk / "a" / "1.mp3"))
        unmount(disk)
        changes.wait_for(disk)
        changes.wait_for(write(disk / "b" / "1.mp3"))
    changes.close()


def test_a_root_that_is_not_there_is_waited_for(root: Path) -> None:
    other = root.parent / "other"
    changes = Changes(root, other)
    changes.wait_for(root)
    assert changes.said == [f"{other} is not there: check the path. Waiting for it; Ctrl-C stops"]
    assert changes.watching.states() == [FolderState(root, "watched"), FolderState(other, "missing")]
    write(other / "1.mp3")
    changes.wait_for(other)
    shutil.rmtree(other)
    changes.wait_for(write(root / "1.mp3"))
    assert changes.said[1:] == [f"{other} is gone; waiting for it to come back"]
    changes.close()


def test_names_that_are_not_utf8(root: Path) -> None:
    changes = Changes(root)
    changes.wait_for(root)
    changes.wait_for(write(root / os.fsdecode(b"\xe9.mp3")))
    changes.wait_for(write(root / "album" / "1.mp3"))
    [state] = changes.watching.states()
    assert state.state == "polled"
    assert any("not UTF-8" in line for line in changes.said)
    changes.close()


def test_everything_is_scanned_again_after_a_while(root: Path) -> None:
    changes = Changes(root, rescan_hours=1 / 3600)
    changes.wait_for(root)
    changes.wait_for(root)
    changes.close()


LIMITED = """
import sys
from pathlib import Path
from indexer.stopping import Stop
from indexer.watching import Watching

root = Path(sys.argv[1])
watching = Watching([root], print)
for number, found in enumerate(watching.changes(Stop(60))):
    if number == 0:
        for folder in root.iterdir():
            (folder / "1.mp3").write_bytes(b"x")
    seen = {path if path.is_dir() else path.parent for path in (found if number else ())}
    for folder in seen:
        print("seen", folder.name)
    print("state", watching.states()[0].state, flush=True)
"""


@pytest.mark.parametrize("limit", ["max_inotify_watches=3", "max_inotify_instances=0"])
def test_folders_beyond_a_limit_of_the_system_are_polled(root: Path, limit: str) -> None:
    name, _, value = limit.partition("=")
    folders = {str(number) for number in range(6)}
    for folder in folders:
        (root / folder).mkdir()
    script = f'echo {value} > /proc/sys/user/{name} && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces")
    process = subprocess.Popen(
        [*command, sys.executable, "-c", LIMITED, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if folders <= {each.removeprefix("seen ") for each in said}:
            break
    process.kill()
    process.wait()
    process.stdout.close()
    assert folders <= {each.removeprefix("seen ") for each in said}
    assert "state polled" in said
    [problem] = [line for line in said if "can be watched" in line]
    assert f"fs.inotify.{name.replace('inotify', 'user')}=" in problem
