"""Disks that are pulled or fail during `polymuse index --prune` and `watch --prune`: tracks forgotten, lost, doubled.

    python benchmarks/unmount_campaign.py [--rounds 60] [--seed 0]    # Ctrl-C ends it early, with the report
    python benchmarks/unmount_campaign.py --faults EIO,EACCES,ESTALE,ENOTCONN    # needs fuse3 and mfusepy

The music is on a file system in memory, mounted at the folder that is indexed or at a folder below it. Each round
writes new clips, starts a command, unmounts the disk at a random moment and mounts it again; or the disk is behind a
file system that from this moment on answers with an error, in all calls or only when files are looked at, listed or
read, every time or each third time. With the disk out, every track that was stored must still be found; after a whole
run with the disk back, the library has exactly what is on it, so no file counts as damaged. The profile is that of
quick_indexer.py. Only root can mount on Linux.
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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from failing_disk import CALLS, Fault, failing
from quick_indexer import NAME, SPACE

from catalog.catalog import Catalog
from indexer.missing import missing_tracks
from models.audio.write import write_wav
from polymuse.home import Home

RATE = 44_100  # Hz
PATIENCE = 300.0  # seconds after which a command is taken to hang
QUICK_INDEXER = Path(__file__).with_name("quick_indexer.py")


def main() -> None:
    parser = argparse.ArgumentParser(description="Pull disks during indexing.")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default="unmount", help="unmount or names of errno, separated by commas")
    arguments = parser.parse_args()
    faults = arguments.faults.split(",")
    with tempfile.TemporaryDirectory(prefix="polymuse-disks-") as name, pool(Path(name) / "pool"):
        campaign = Campaign(Path(name), random.Random(arguments.seed))
        with suppress(KeyboardInterrupt):
            for number in range(arguments.rounds):
                fault = faults[number // 4 % len(faults)]
                campaign.round(("index", "watch")[number % 2], fault, below=bool(number // 2 % 2))
        campaign.report()
    sys.exit(bool(campaign.flaws))


@contextmanager
def pool(directory: Path) -> Iterator[None]:
    """The disk, which keeps its content while it is not mounted at the folder of music."""
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "polymuse-disk", str(directory)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


class Campaign:
    """A disk with music, a library, and what must be true of them."""

    def __init__(self, directory: Path, chance: random.Random) -> None:
        self.directory = directory
        self.disk = directory / "pool"
        self.chance = chance
        self.flaws: Counter[str] = Counter()
        self.rounds: Counter[str] = Counter()
        self.clips = 0
        for _ in range(8):
            self.write_clip()

    def write_clip(self) -> Path:
        """A second of noise that no other file holds."""
        self.clips += 1
        noise = 0.2 * np.random.default_rng(self.clips).standard_normal((2, RATE))
        path = self.disk / f"{self.clips}.wav"
        write_wav(path, noise.clip(-0.9, 0.9).astype(np.float32), RATE)
        return path

    def round(self, command: str, fault: str, *, below: bool) -> None:
        music = self.directory / ("below" if below else "at")
        mount = music / "disk" if below else music
        mount.mkdir(parents=True, exist_ok=True)
        if below:
            (music / "kept.txt").touch()
        for _ in range(4):
            self.write_clip()
        home = self.directory / f"home-{music.name}"
        self.rounds[f"{fault} during {command}, {music.name} the disk"] += 1
        with self.medium(fault, mount) as break_it:
            run = Run(home, command, music)
            run.wait_a_moment(self.chance)
            break_it()
            if command == "watch":
                run.wait(self.chance.uniform(0, 4))
                run.process.send_signal(signal.SIGINT)
            run.end(self)
            self.check(home, run.said, mount, complete=False)
        with mounted(self.disk, mount):
            last = Run(home, "index", music)
            last.end(self)
            self.check(home, run.said | last.said, mount, complete=True)

    @contextmanager
    def medium(self, fault: str, mount: Path) -> Iterator[Callable[[], None]]:
        """The disk at `mount`, and what breaks it."""
        if fault == "unmount":
            with mounted(self.disk, mount) as unmount:
                yield unmount
            return
        with failing(self.disk, mount) as disk:
            calls = self.chance.choice([CALLS, *((call,) for call in CALLS)])
            yield lambda: disk.fail(Fault(fault, calls, self.chance.choice([1, 3])))

    def check(self, home: Path, said: set[str], mount: Path, *, complete: bool) -> None:
        with Catalog.open(Home(home).store, SPACE) as catalog:
            stored = Counter(file.path for track in catalog.tracks() for file in track.files)
            missing = [file.path for track in missing_tracks(catalog) for file in track.files]
        self.flaws["forgotten"] += len(missing)
        self.flaws["lost"] += len(said - stored.keys() - set(missing))
        self.flaws["twice"] += sum(count > 1 for count in stored.values())
        if complete:
            self.flaws["not indexed"] += len(
                {str(mount / path.name) for path in self.disk.glob("*.wav")} - stored.keys()
            )
        self.flaws += Counter()  # without zeros

    def report(self) -> None:
        for kind, count in sorted(self.rounds.items()):
            print(f"{count:4} rounds of {kind}")
        for kind in ("forgotten", "lost", "twice", "not indexed", "hung", "Traceback"):
            print(f"{kind}: {self.flaws[kind]}")


@contextmanager
def mounted(disk: Path, folder: Path) -> Iterator["Unmount"]:
    subprocess.run(["mount", "--bind", str(disk), str(folder)], check=True)
    unmount = Unmount(folder)
    try:
        yield unmount
    finally:
        unmount()


class Unmount:
    """Takes the disk out, also while it is in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self) -> None:
        if os.path.ismount(self._folder):
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)


class Run:
    """One command under way, and the paths that it said are stored."""

    def __init__(self, home: Path, command: str, music: Path) -> None:
        self.said: set[str] = set()
        self._first = threading.Event()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the object
        arguments = [str(music), "--prune", "--json", "--profile", NAME, "--stems", "none"]
        self.process = subprocess.Popen(
            [sys.executable, str(QUICK_INDEXER), command, *arguments],
            env=os.environ | {"POLYMUSE_HOME": str(home), "POLYMUSE_JOBS": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            record = json.loads(line)
            if record.get("status") in ("indexed", "updated"):
                self.said.add(record["path"])
            self._first.set()

    def wait_a_moment(self, chance: random.Random) -> None:
        """Before anything is reported in a third of the rounds, else within two seconds after that."""
        if chance.random() < 1 / 3:
            self.wait(chance.uniform(0, 6))
            return
        while not self._first.wait(0.05) and self.process.poll() is None:
            pass
        self.wait(chance.uniform(0, 2))

    def wait(self, seconds: float) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def end(self, campaign: Campaign) -> None:
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            campaign.flaws["hung"] += 1
            self.process.kill()
        self._reader.join()
        self._errors.seek(0)
        errors = self._errors.read()
        if "Traceback" in errors:
            campaign.flaws["Traceback"] += 1
            print(errors, file=sys.stderr)


if __name__ == "__main__":
    if sys.platform != "linux" or not shutil.which("mount") or os.geteuid() != 0:
        sys.exit("This needs the right to mount")
    main()
