"""Faults of a library that several processes use at once, for fault_campaign.py.

In these rounds a companion owns the store, `polymuse watch` or the service, and `polymuse index` is attached to it.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from quick_indexer import NAME, SPACE

from catalog.owner import Owner
from catalog.store import directory_of
from polymuse.home import Home

if TYPE_CHECKING:
    from fault_campaign import Campaign, Run

QUICK_INDEXER = Path(__file__).with_name("quick_indexer.py")
STARTS = 300.0  # seconds in which a process must have opened the library, or ended
WATCH = ("watch", "--stems", "none")
SERVE = ("serve", "--port", "0")
COMPANIONS = {"owner": WATCH, "attached": WATCH, "service": SERVE, "socket": WATCH, "takeovers": WATCH, "clock": WATCH}


def at_a_random_moment(campaign: "Campaign", run: "Run") -> None:
    """Before anything is reported in a third of the rounds, else within the second and a half after that."""
    if campaign.chance.random() < 1 / 3:
        time.sleep(campaign.chance.uniform(0, 6))
        return
    while not run.first.wait(0.05) and run.process.poll() is None:
        pass
    time.sleep(campaign.chance.uniform(0, 1.5))


class Companion:
    """Another process with the library, from when it has opened it."""

    def __init__(self, home: Path, command: tuple[str, ...]) -> None:
        self.home = home
        self._empty = tempfile.TemporaryDirectory(prefix="polymuse-empty-")
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the object
        folders = [self._empty.name] if command == WATCH else []
        self.process = subprocess.Popen(
            [sys.executable, str(QUICK_INDEXER), *command, *folders, "--profile", NAME],
            env=os.environ | {"POLYMUSE_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            stdout=self._said,
            stderr=self._said,
        )
        deadline = time.monotonic() + STARTS
        while not self._owns():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not open the library: {self.said()}")
            time.sleep(0.02)

    def _owns(self) -> bool:
        owner = Owner.of(directory_of(Home(self.home).store, SPACE))
        return owner.name.startswith(f"process {self.process.pid} ") and owner.address is not None

    def said(self) -> str:
        self._said.seek(0)
        return self._said.read()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> str:
        """Ask it to end; returns what went wrong."""
        flaw = ""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STARTS)
        except subprocess.TimeoutExpired:
            flaw = "hung\n"
            self.kill()
        return flaw + self.said() if flaw or "Traceback" in self.said() else ""


def kill_owner(campaign: "Campaign", run: "Run") -> None:
    """The run goes on as the owner."""
    at_a_random_moment(campaign, run)
    assert campaign.companion is not None
    campaign.companion.kill()
    _end_well(campaign, run)


def kill_attached(campaign: "Campaign", run: "Run") -> None:
    """The owner does not notice, and the next run completes the work."""
    at_a_random_moment(campaign, run)
    run.process.kill()
    run.end()
    _end_well(campaign, campaign.another_run())


def remove_socket(campaign: "Campaign", run: "Run") -> None:
    """The owner makes it again, and others find it."""
    at_a_random_moment(campaign, run)
    with suppress(FileNotFoundError):
        (directory_of(Home(campaign.home).store, SPACE) / "owner.sock").unlink()
    command = [sys.executable, str(QUICK_INDEXER), "status", "--profile", NAME, "--json"]
    environment = os.environ | {"POLYMUSE_HOME": str(campaign.home)}
    status = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=STARTS, check=False)
    if status.returncode:
        campaign.flaw(f"socket: status: exit status {status.returncode}: {status.stderr}")
    _end_well(campaign, run)


def two_takeovers(campaign: "Campaign", run: "Run") -> None:
    """Two runs over the same files are attached when the owner is killed."""
    second = campaign.another_run()
    at_a_random_moment(campaign, random.choice([run, second]))
    assert campaign.companion is not None
    campaign.companion.kill()
    _end_well(campaign, second)
    _end_well(campaign, run)


def jump(campaign: "Campaign", run: "Run") -> None:
    """The clock of the run jumps by days (see quick_indexer.py), and times of files lie in the past and the future."""
    for path in campaign.chance.sample(sorted(campaign.music.glob("[0-9]*.wav")), campaign.clips // 3):
        with suppress(FileNotFoundError):
            when = time.time() + campaign.chance.uniform(-1e9, 1e9)
            os.utime(path, (when, when))
    _end_well(campaign, run)


def _end_well(campaign: "Campaign", run: "Run") -> None:
    status = run.end()
    if status not in (0, 1) or run.summary is None:  # 1: a file of the campaign cannot be indexed
        campaign.flaw(f"a run that was not killed has exit status {status}: {run.errors()}")
