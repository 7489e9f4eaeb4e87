"""`polymuse watch` over a real folder, in a process of its own."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from cli.watching import QUIET_SECONDS, Settling
from tests.helpers.audio_files import write_noise

pytestmark = pytest.mark.slow


PATIENCE = 200  # seconds: a worker that loads networks on a busy machine


class Watch:
    """A running `polymuse watch --json --prune --stems none`, and the lines it prints."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "indexer", "watch", folder, "--json", "--prune", "--stems", "none"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.stdout, self.stderr = Queue[str](), Queue[str]()
        for stream, queue in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
            Thread(target=self._read, args=(stream, queue), daemon=True).start()

    @staticmethod
    def _read(stream, queue: "Queue[str]") -> None:
        for line in stream:
            queue.put(line)

    def next(self) -> tuple[str, str]:
        """Status and file name of the next change."""
        line = json.loads(self.stdout.get(timeout=PATIENCE))
        return line["status"], Path(line["path"]).name

    def hears(self, text: str) -> None:
        """Wait for a message on stderr."""
        while text not in self.stderr.get(timeout=PATIENCE):
            pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    write_noise(folder / "before.wav", 4.0, seed=0)
    return folder


@pytest.fixture
def watch(polymuse_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    running = Watch(folder)
    yield running
    running.process.kill()
    running.process.wait()


def test_what_happens_in_a_folder_is_followed(watch: Watch, folder: Path, tmp_path: Path) -> None:
    assert watch.next() == ("indexed", "before.wav")

    made = write_noise(tmp_path / "new.wav", 4.0, seed=1)
    album = folder / "album"
    album.mkdir()
    shutil.copy(made, album / "new.wav")
    (folder / "notes.txt").write_text("no music")
    (folder / ".hidden.wav").write_bytes(b"no music either")
    assert watch.next() == ("indexed", "new.wav")

    album.rename(folder / "Album")  # known by its sound: an update, and nothing is forgotten
    assert watch.next() == ("updated", "new.wav")

    (folder / "broken.wav").write_bytes(b"RIFF")
    assert watch.next() == ("failed", "broken.wav")

    (folder / "before.wav").unlink()
    assert watch.next() == ("forgotten", "before.wav")

    away = tmp_path / "away"
    folder.rename(away)  # as if a disk were taken out: not a reason to forget what is on it
    watch.hears("waiting for it to come back")
    write_noise(away / "later.wav", 4.0, seed=2)
    away.rename(folder)
    assert watch.next() == ("indexed", "later.wav")

    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(timeout=PATIENCE) == 0
    with pytest.raises(Empty):
        watch.stdout.get_nowait()


def test_a_file_is_taken_once_it_has_come_to_rest() -> None:
    now = 100.0
    settling = Settling(clock=lambda: now)
    growing, written = Path("growing"), Path("written")
    settling.add([growing, written])
    now += QUIET_SECONDS / 2
    settling.add([growing])
    assert settling.due() == []
    now += QUIET_SECONDS / 2
    assert settling.due() == [written]
    now += QUIET_SECONDS / 2
    assert settling.due() == [growing]
    assert settling.due() == []
