"""Indexing under faults: rounds survived, tracks lost, tracks stored twice.

    python benchmarks/fault_campaign.py [--rounds 200] [--seed 0] [--faults kill,full]

Each round runs `polymuse index` over a folder of short clips, with the profile of quick_indexer.py, and injects a fault
at a random moment. Then the store is opened and compared with the reports of the run: a track that was reported as
indexed must be stored exactly once. Whenever a run completes, everything on disk must be stored and nothing else; then
the folder is changed or the store deleted for the next round. Nothing is repaired by hand between rounds.

A file whose worker is killed twice looks like one that crashes the decoder: it has to be on the failure list, and in
the library after the next whole run with --retry-failed.

In some rounds several processes use the library at once, see sharing_faults.py.

"full" and "readonly" need a file system of their own, which only root can mount on Linux; else they are left out.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from quick_indexer import CLOCK, NAME, SPACE
from sharing_faults import (
    COMPANIONS,
    Companion,
    at_a_random_moment,
    jump,
    kill_attached,
    kill_owner,
    remove_socket,
    two_takeovers,
)

from catalog.catalog import Catalog
from indexer.failures import FailureList
from indexer.identity import track_id
from models.audio.write import write_wav
from polymuse.home import Home

RATE = 44_100  # Hz
HANGS = 600.0  # seconds after which a run is taken to hang
DISK = "1g"  # of the mounted file system, in memory
QUICK_INDEXER = Path(__file__).with_name("quick_indexer.py")


def main() -> None:
    parser = argparse.ArgumentParser(description="Index under faults.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default=",".join(FAULTS), help=f"of {', '.join(FAULTS)}")
    parser.add_argument("--clips", type=int, default=24)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="polymuse-faults-") as directory, disk(Path(directory)) as mounted:
        faults = [name for name in arguments.faults.split(",") if mounted or name not in NEED_A_DISK]
        campaign = Campaign(Path(directory), random.Random(arguments.seed), arguments.clips)
        for number in range(arguments.rounds):
            campaign.round(faults[number % len(faults)])
            if number % 20 == 19:
                print(f"{number + 1} rounds, flaws: {len(campaign.flaws)}", file=sys.stderr, flush=True)
    campaign.report()
    sys.exit(bool(campaign.flaws))


@contextmanager
def disk(directory: Path) -> Iterator[bool]:
    """A small file system at `directory`/home. False where this user may not mount one."""
    home = directory / "home"
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "polymuse-faults", str(home)]
    linux = sys.platform == "linux" and shutil.which("mount") is not None
    mounted = linux and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(home)], check=True)


class Campaign:
    """A folder of music, a store, and what must be true of them."""

    def __init__(self, directory: Path, chance: random.Random, clips: int) -> None:
        self.clips = clips
        self.home = directory / "home"
        self.music = directory / "music"
        self.music.mkdir()
        self.chance = chance
        self.said: dict[str, str] = {}  # path -> track that a run said it has indexed
        self.rounds: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.complete = 0
        self.killed = False  # whether workers were killed since the last whole run
        self.listed = 0  # files on the failure list because of that
        self.flaws: list[str] = []
        self._next_clip = 0
        for number in range(clips):
            self.write_clip(self.music / f"{number}.wav")
        square = np.where(np.arange(2 * RATE).reshape(2, RATE) % 2, 1, -1)
        write_wav(self.music / "crashes.wav", square.astype(np.float32), RATE)
        (self.music / "garbage.mp3").write_bytes(chance.randbytes(5000))

    def write_clip(self, path: Path) -> None:
        """A second of noise that no other file holds."""
        self._next_clip += 1
        noise = 0.2 * np.random.default_rng(self._next_clip).standard_normal((2, RATE))
        write_wav(path, noise.clip(-0.9, 0.9).astype(np.float32), RATE)
        self.said.pop(str(path), None)

    def round(self, fault: str) -> None:
        self.rounds[fault] += 1
        self.companion = Companion(self.home, COMPANIONS[fault]) if fault in COMPANIONS else None
        self.others: list[Run] = []
        run = Run(self.home, self.music, retry=self.killed, clock=fault == "clock")
        self.killed |= FAULTS[fault] is kill_workers
        FAULTS[fault](self, run)
        status = run.end()
        self.ends[f"{fault} -> {'hung' if status is None else status}"] += 1
        if status is None:
            self.flaw(f"{fault}: hung\n{run.errors()}")
        if "Traceback" in run.errors():
            self.flaw(f"{fault}: {run.errors()}")
        if self.companion is not None and self.companion.process.poll() is None and (said := self.companion.end()):
            self.flaw(f"{fault}: {said}")
        for each in (run, *self.others):
            self.said |= each.said
        summary = any(each.summary is not None for each in (run, *self.others))
        self.check(fault, complete=summary and fault not in CHANGE_FILES)
        if summary:
            self.complete += 1
            self.killed = FAULTS[fault] is kill_workers
            self.go_on()

    def another_run(self) -> "Run":
        """One more over the same music."""
        self.others.append(Run(self.home, self.music, retry=self.killed))
        return self.others[-1]

    def check(self, fault: str, *, complete: bool) -> None:
        on_disk = {str(path): track_id(path) for path in self.music.iterdir() if path.suffix == ".wav"}
        on_disk.pop(str(self.music / "crashes.wav"))
        with Catalog.open(Home(self.home).store, SPACE) as catalog:
            tracks = catalog.scroll(limit=1000).tracks
            vectors = catalog.vectors([track.id for track in tracks])
            for track in tracks:
                stored = [segment.vector for segment in catalog.segments(track.id)]
                if len(stored) != 1 or not np.allclose(stored[0], vectors[track.id]["mix"], atol=1e-5):
                    self.flaw(f"{fault}: segments of {track.id}: {stored}")
        holders = Counter(file.path for track in tracks for file in track.files)
        found = {file.path: track.id for track in tracks for file in track.files}
        for path in [path for path, count in holders.items() if count > 1]:
            self.flaw(f"{fault}: duplicate: {path} is in {holders[path]} tracks")
        for path, track in self.said.items():
            if path in on_disk and on_disk[path] == track and found.get(path) != track:
                self.flaw(f"{fault}: lost: {path} was said to be {track}, the store has {found.get(path)}")
        missing = [path for path in on_disk if complete and found.get(path) != on_disk[path]]
        listed = {failure.path for failure in FailureList(Home(self.home).failures)} if self.killed else set()
        self.listed += len(listed.intersection(missing))
        for path in missing:
            if path not in listed:
                self.flaw(f"{fault}: missing after a whole run: {path} is {on_disk[path]}, not {found.get(path)}")

    def flaw(self, text: str) -> None:
        self.flaws.append(text)
        print(text, file=sys.stderr, flush=True)

    def go_on(self) -> None:
        """Something new to index."""
        if self.chance.random() < 0.5:
            for path in (Home(self.home).store, Home(self.home).failures):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            self.said.clear()
            return
        names = sorted(path for path in self.music.iterdir() if path.stem.isdigit())
        for path in self.chance.sample(names, self.clips // 3):
            self.write_clip(path)
        for path in self.chance.sample(names, self.clips // 6):
            path.rename(path.with_name(f"{self.chance.randrange(10**9)}.wav"))
            self.said.pop(str(path), None)

    def report(self) -> None:
        print(f"{sum(self.rounds.values())} rounds, {self.complete} of them to the end; flaws: {len(self.flaws)}")
        print(f"files listed as failed after their worker was killed twice: {self.listed}")
        for end, count in sorted(self.ends.items()):
            print(f"  {count:4} {end}")
        for kind in ("lost", "duplicate", "missing", "hung", "Traceback", "segments"):
            print(f"{kind}: {sum(kind in flaw for flaw in self.flaws)}")


class Run:
    """One `polymuse index` under way."""

    def __init__(self, home: Path, music: Path, *, retry: bool = False, clock: bool = False) -> None:
        self.home = home
        command = [sys.executable, str(QUICK_INDEXER), "index", str(music), "--profile", NAME, "--stems", "none"]
        self.said: dict[str, str] = {}
        self.summary: dict | None = None
        self.first = threading.Event()  # something was reported
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the object
        self.process = subprocess.Popen(
            [*command, "--jobs", "1", "--json", *(["--retry-failed"] if retry else [])],
            env=os.environ | {"POLYMUSE_HOME": str(home), "PYTHONUNBUFFERED": "1", CLOCK: "1" if clock else ""},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def end(self) -> int | None:
        """Wait for it; its exit status, or None if it hung and was killed."""
        try:
            status = self.process.wait(HANGS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = None
        self._reader.join(HANGS)
        return status

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    def _read(self) -> None:
        for line in self.process.stdout or ():
            try:
                record = json.loads(line)
            except ValueError:  # cut short by a kill
                continue
            self.summary = record.get("summary")
            if record.get("status") in ("indexed", "updated"):
                self.said[record["path"]] = record["track_id"]
            self.first.set()


def send(*numbers: signal.Signals) -> Callable[[Campaign, Run], None]:
    def fault(campaign: Campaign, run: Run) -> None:
        at_a_random_moment(campaign, run)
        for number in numbers:
            run.process.send_signal(number)
            time.sleep(campaign.chance.uniform(0, 0.1))

    return fault


def kill_workers(campaign: Campaign, run: Run) -> None:
    for _ in range(campaign.chance.randint(1, 3)):
        at_a_random_moment(campaign, run)
        for pid in run.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def fill_disk(campaign: Campaign, run: Run) -> None:
    """To the last byte, or to less than a run wants to be free."""
    at_a_random_moment(campaign, run)
    left = campaign.chance.choice([0, 0, 2**20, 100 * 2**20])
    filler = campaign.home / "filler"
    try:
        with filler.open("wb") as file:
            while shutil.disk_usage(campaign.home).free > left:
                file.write(bytes(min(2**20, max(1, shutil.disk_usage(campaign.home).free - left))))
                file.flush()
    except OSError:
        pass  # full
    run.end()
    filler.unlink()


def make_readonly(campaign: Campaign, run: Run) -> None:
    """Between two runs: a file system that is open for writing cannot be."""
    run.end()
    subprocess.run(["mount", "-o", "remount,ro", str(campaign.home)], check=True)
    second = Run(campaign.home, campaign.music)
    status = second.end()
    subprocess.run(["mount", "-o", "remount,rw", str(campaign.home)], check=True)
    if status != 3 or "cannot be" not in second.errors():
        campaign.flaw(f"readonly: exit status {status}: {second.errors()}")


def delete_files(campaign: Campaign, run: Run) -> None:
    at_a_random_moment(campaign, run)
    for path in campaign.chance.sample(sorted(campaign.music.glob("[0-9]*.wav")), campaign.clips // 6):
        path.unlink()
        campaign.write_clip(path.with_name(f"{campaign.chance.randrange(10**9)}.wav"))


def replace_files(campaign: Campaign, run: Run) -> None:
    at_a_random_moment(campaign, run)
    for path in campaign.chance.sample(sorted(campaign.music.glob("[0-9]*.wav")), campaign.clips // 3):
        campaign.write_clip(path)


def nothing(_campaign: Campaign, _run: Run) -> None:
    """A whole run, so that the library is complete now and then. Its crashing file is the decoder crash."""


FAULTS: dict[str, Callable[[Campaign, Run], None]] = {
    "kill": send(signal.SIGKILL),
    "term": send(signal.SIGTERM),
    "workers": kill_workers,
    "full": fill_disk,
    "int": send(signal.SIGINT),
    "delete": delete_files,
    "kill again": send(signal.SIGKILL),
    "twice": send(signal.SIGTERM, signal.SIGTERM),
    "replace": replace_files,
    "readonly": make_readonly,
    "owner": kill_owner,
    "attached": kill_attached,
    "service": kill_owner,
    "socket": remove_socket,
    "takeovers": two_takeovers,
    "clock": jump,
    "crash": nothing,
}
NEED_A_DISK = {"full", "readonly"}
CHANGE_FILES = {"delete", "replace"}  # while the run reads them

if __name__ == "__main__":
    main()
