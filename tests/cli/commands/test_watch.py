"""`polymuse watch` over a real folder, in a separate process."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import numpy as np
import pytest

from indexer.journal import MAX_CRASHES
from models.audio.write import write_wav
from tests.helpers.audio_files import write_noise
from tests.helpers.disks import mount, mounted, unmount
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.slow


TIMEOUT = 200  # seconds; a worker loads networks on a busy machine


class Watch:
    """A running `polymuse watch --json --prune --stems none`, and the lines it prints."""

    def __init__(self, folder: Path, program: Sequence[str], *options: str) -> None:
        command = [sys.executable, *program, "watch", folder, "--json", "--prune", "--stems", "none", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.stdout, self.stderr = Queue[str](), Queue[str]()
        streams = ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        self._readers = [Thread(target=self._read, args=each, daemon=True) for each in streams]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, queue: "Queue[str]") -> None:
        for line in stream:
            queue.put(line)

    def next(self) -> tuple[str, str]:
        """Status and file name of the next change."""
        return _change(self.stdout.get(timeout=TIMEOUT))

    def remaining(self) -> list[tuple[str, str]]:
        """The remaining changes, once the process has ended."""
        for reader in self._readers:
            reader.join(TIMEOUT)
        return [_change(self.stdout.get_nowait()) for _ in range(self.stdout.qsize())]

    def waits_for(self, text: str) -> None:
        """Wait for a message on stderr."""
        while text not in self.stderr.get(timeout=TIMEOUT):
            pass


def _change(line: str) -> tuple[str, str]:
    """Status and file name."""
    change = json.loads(line)
    return change["status"], Path(change["path"]).name


@contextmanager
def running(folder: Path, program: Sequence[str], *options: str) -> Iterator[Watch]:
    watch = Watch(folder, program, *options)
    try:
        yield watch
    finally:
        watch.process.kill()
        watch.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    write_noise(folder / "before.wav", 4.0, seed=0)
    return folder


@pytest.fixture
def watch(polymuse_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    with running(folder, ("-m", "indexer")) as watch:
        yield watch


def test_changes_in_a_folder_are_indexed(watch: Watch, folder: Path, tmp_path: Path) -> None:
    assert watch.next() == ("indexed", "before.wav")

    made = write_noise(tmp_path / "new.wav", 4.0, seed=1)
    album = folder / "album"
    album.mkdir()
    shutil.copy(made, album / "new.wav")
    (folder / "notes.txt").write_text("no music")
    (folder / ".hidden.wav").write_bytes(b"no music either")
    assert watch.next() == ("indexed", "new.wav")

    album.rename(folder / "Album")  # recognised by its audio: an update, and nothing is forgotten
    assert watch.next() == ("updated", "new.wav")

    (folder / "broken.wav").write_bytes(b"RIFF")
    assert watch.next() == ("failed", "broken.wav")

    (folder / "before.wav").unlink()
    assert watch.next() == ("forgotten", "before.wav")

    away = tmp_path / "away"
    folder.rename(away)  # like an unmounted disk: its files must not be forgotten
    watch.waits_for("waiting for it to come back")
    write_noise(away / "later.wav", 4.0, seed=2)
    away.rename(folder)
    assert watch.next() == ("indexed", "later.wav")

    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(timeout=TIMEOUT) == 0
    with pytest.raises(Empty):
        watch.stdout.get_nowait()


def test_a_file_that_kills_runs_becomes_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other file, also in progress in the first run, is not: the next run retries suspects one by one."""
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "music"
    folder.mkdir()
    write_noise(folder / "harmless.wav", 1.0, seed=0)
    write_wav(folder / "fatal.wav", np.ones((2, 44_100), np.float32), 44_100)
    program = (str(ROOT / "benchmarks" / "quick_indexer.py"),)
    found = []
    for _ in range(MAX_CRASHES):
        with running(folder, program, "--profile", "spectrum") as watch:
            assert watch.process.wait(timeout=TIMEOUT) == -signal.SIGKILL
            found += watch.remaining()
    assert found == [("indexed", "harmless.wav")]
    with running(folder, program, "--profile", "spectrum") as watch:
        assert watch.next() == ("failed", "fatal.wav")
        write_noise(folder / "later.wav", 1.0, seed=1)
        assert watch.next() == ("indexed", "later.wav")
        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(timeout=TIMEOUT) == 0


QUICK = (str(ROOT / "benchmarks" / "quick_indexer.py"),)


def test_an_empty_folder_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
    (tmp_path / "music").mkdir()
    with running(tmp_path / "music", QUICK, "--profile", "spectrum") as watch:
        watch.waits_for("No music yet; waiting for changes.")
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait(timeout=TIMEOUT) == 0


def test_a_disk_that_is_pulled_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "music"
    folder.mkdir()
    with mounted(folder):
        write_noise(folder / "a.wav", 1.0, seed=0)
        with running(folder, QUICK, "--profile", "spectrum") as watch:
            assert watch.next() == ("indexed", "a.wav")
            unmount(folder)
            watch.waits_for(f"kept: 1 file is not found, but {folder} is empty.")
            mount(folder)
            write_noise(folder / "b.wav", 1.0, seed=1)
            assert watch.next() == ("indexed", "b.wav")
