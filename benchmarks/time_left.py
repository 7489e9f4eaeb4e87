"""How well the time left is estimated: it indexes real music and compares each estimate with what it then took.

    python benchmarks/time_left.py --models ~/.local/share/polymuse/models ~/Music --stems none --record r.json

Prints an estimate every 15 seconds with the time that was really left. Keeps the sequence of finished files for
tests/indexer/test_eta.py. Needs the weights of the starter profile.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from cli.session import Library
from indexer.comparing import Plan
from indexer.eta import Eta
from indexer.failures import Failure
from indexer.jobs import Outcome
from indexer.scan import AudioFile, scan_changed
from indexer.stopping import Stop
from indexer.updating import Choices, bring_up_to_date
from polymuse.settings import load_settings

INTERVAL = 15.0  # seconds between printed estimates


class Recorder:
    """An `indexer.updating.Report` that notes when each file was finished."""

    def __init__(self) -> None:
        self.files: tuple[AudioFile, ...] = ()
        self.finished: list[tuple[float, Outcome]] = []
        self.started = 0.0

    def planned(self, plan: Plan, _problems: Sequence[Failure]) -> None:
        self.files = plan.todo

    def running(self, _plan: Plan, _stop: Stop) -> nullcontext[None]:
        self.started = time.monotonic()
        return nullcontext()

    def add(self, outcome: Outcome) -> None:
        self.finished.append((time.monotonic() - self.started, outcome))

    def estimates(self) -> list[tuple[float, float | None]]:
        """Seconds since the start, and seconds left as they were estimated then."""
        now = 0.0
        eta = Eta(self.files, lambda: now)
        found = []
        tick = INTERVAL
        for finished, outcome in self.finished:
            while tick < finished:
                now = tick
                found.append((now, eta.left))
                tick += INTERVAL
            now = finished
            eta.add(outcome)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("music", type=Path)
    parser.add_argument("--models", type=Path, required=True, help="directory of the weights")
    parser.add_argument("--tracks", type=int, default=60, help="spread over the folder")
    parser.add_argument("--stems", default="none")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    found = [file for file in scan_changed([arguments.music]) if isinstance(file, AudioFile)]
    chosen = found[:: max(1, len(found) // arguments.tracks)][: arguments.tracks]
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "models").symlink_to(arguments.models.absolute())
        os.environ["POLYMUSE_HOME"] = home
        library = Library(load_settings(profile="starter", stems=arguments.stems, jobs=arguments.jobs))
        paths = [file.path for file in chosen]
        bring_up_to_date(library.target, chosen, paths, recorder, Stop(), Choices())
        library.catalog.close()
    end = recorder.finished[-1][0]
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} after; {len(chosen)} tracks, stems "
        f"{arguments.stems}: {end:.0f} s"
    )
    for now, left in recorder.estimates():
        ratio = "" if left is None else f" ({left / (end - now):.2f} of it)"
        print(f"{now:5.0f} s: {end - now:5.0f} s were left, estimated {'-' if left is None else f'{left:.0f}'}{ratio}")
    if arguments.record is not None:
        arguments.record.write_text(json.dumps(recorded(recorder)), "utf-8")


def recorded(recorder: Recorder) -> dict[str, list[list[object]]]:
    """Sizes of the files, and what was finished when: number of the file, seconds, work, time."""
    numbers = {str(file.path): number for number, file in enumerate(recorder.files)}
    return {
        "files": [[file.path.suffix, file.size] for file in recorder.files],
        "finished": [
            [numbers[outcome.path], outcome.status, round(outcome.seconds, 1), round(outcome.work, 2), round(now, 2)]
            for now, outcome in recorder.finished
        ],
    }


if __name__ == "__main__":
    main()
