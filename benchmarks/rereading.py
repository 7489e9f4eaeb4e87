"""How long it takes to read the tags of a library again: after an update, and after `chmod -R`.

    python benchmarks/rereading.py --tracks 5000

The files are copies of a short FLAC with a title of their own, in a temporary folder; the store is embedded, with
vectors of 4 numbers, because vectors are not read. Beside the time on the clock stands the time of the processor, of
this process and its workers, which tells more on a machine with other work.
"""

import argparse
import os
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from mutagen.flac import FLAC

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from indexer.comparing import Plan
from indexer.failures import Failure, FailureList
from indexer.file_tags import read_tags
from indexer.jobs import Outcome
from indexer.journal import Journal
from indexer.scan import AudioFile, scan
from indexer.stopping import Stop
from indexer.updating import Choices, Target, bring_up_to_date
from models.audio.formats import AudioFormat
from models.audio.write import write_audio
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.home import Home

RATE = 44_100
MODELS = {"embedder": "f" * 64}
ALBUM_SIZE = 12  # files of a folder


class Counting:
    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}

    def planned(self, plan: Plan, _problems: Sequence[Failure]) -> None:
        assert not plan.todo, "nothing is to be analysed"

    def running(self, _plan: Plan, _stop: Stop) -> nullcontext[None]:
        return nullcontext()

    def add(self, outcome: Outcome) -> None:
        self.statuses[outcome.status] = self.statuses.get(outcome.status, 0) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=5000)
    tracks = parser.parse_args().tracks
    print(f"{tracks} tracks, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        measure_all(Path(folder), tracks)


def measure_all(folder: Path, tracks: int) -> None:
    music = folder / "music"
    make_files(music, tracks)
    space = Space("test", 4, "f" * 64, "starter")
    with Catalog.open(folder / "store", space) as catalog:
        home = Home(folder / "home")
        recipe = Recipe(home, "starter", SeparationSpec(), 3600.0)
        target = Target(catalog, FailureList(home.failures), Journal(home.journal), recipe, MODELS)
        fill(catalog, list(scan([music])), tags_version=0)
        measure("after an update", target, music)
        measure("nothing has changed", target, music)
        for path in music.rglob("*.flac"):
            path.chmod(0o640)
        measure("after chmod -R", target, music)
        measure("--reread-tags", target, music, Choices(reread_tags=True))


def make_files(music: Path, tracks: int) -> None:
    sample = music.parent / "sample.flac"
    noise = 0.1 * np.random.default_rng(0).normal(size=(2, RATE // 10)).astype(np.float32)
    write_audio(sample, noise, RATE, AudioFormat.FLAC)
    for number in range(tracks):
        path = music / str(number // ALBUM_SIZE) / f"{number}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.read_bytes())
        tagged = FLAC(path)
        tagged.update({"TITLE": f"Title {number}", "ARTIST": f"Artist {number % 500}", "ALBUM": path.parent.name})
        tagged.save()


def fill(catalog: Catalog, files: Sequence[AudioFile | Failure], tags_version: int) -> None:
    entries = []
    for file in files:
        assert isinstance(file, AudioFile)
        ref = FileRef(str(file.path), file.size, file.mtime_ns)
        tags = {**read_tags(file.path).attributes, "tags_version": tags_version}
        track = Track(str(uuid.uuid5(uuid.NAMESPACE_OID, ref.path)), (ref,), duration=0.1, format="flac", **tags)
        track = replace(track, models=MODELS)
        entries.append(Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)}))
    for start in range(0, len(entries), 256):
        catalog.upsert(entries[start : start + 256])
    catalog.flush()


def measure(name: str, target: Target, music: Path, choices: Choices = Choices()) -> None:  # noqa: B008
    report = Counting()
    with timed(name):
        bring_up_to_date(target, scan([music]), [music], report, Stop(), choices)
    print(f"  {report.statuses or 'no file was opened'}")


@contextmanager
def timed(name: str) -> Iterator[None]:
    start, busy = time.perf_counter(), spent()
    yield
    print(f"{name}: {time.perf_counter() - start:.1f} s, {spent() - busy:.1f} s of the processor")


def spent() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
