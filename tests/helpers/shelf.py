"""A folder of music and a library that has all of it, for runs that find nothing to analyse."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from catalog.track import Entry, FileRef, Track
from indexer.comparing import Plan
from indexer.failures import Failure
from indexer.file_tags import TAGS_VERSION
from indexer.jobs import Outcome
from indexer.missing import missing_tracks
from indexer.scan import scan, scan_changed
from indexer.stopping import Stop
from indexer.updating import Choices, Summary, Target, bring_up_to_date
from polymuse.music import MEASURING_VERSION
from tests.helpers.ids import id_of
from tests.helpers.measured import measured

MADE_WITH = {"embedder": "e1"}
PRUNE = Choices(prune=True)


class Silent:
    def planned(self, _plan: Plan, _problems: Sequence[Failure]) -> None:
        pass

    def running(self, _plan: Plan, _stop: Stop) -> AbstractContextManager[None]:
        raise AssertionError("nothing is to be analysed")

    def add(self, outcome: Outcome) -> None:
        assert outcome.status == "updated"


class Shelf:
    """A folder of music, and a library that has all of it."""

    def __init__(self, music: Path, target: Target) -> None:
        self.music = music
        self.target = target

    def add(self, *names: str) -> None:
        for name in names:
            path = self.music / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
            status = path.stat()
            ref = FileRef(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev)
            track = Track(
                id_of(self.target.catalog.count()),
                (ref,),
                name,
                1.0,
                "mp3",
                models=self.target.fingerprints,
                tags_version=TAGS_VERSION,
                measured=measured(version=MEASURING_VERSION),
            )
            mix = np.eye(1, self.target.catalog.space.dim, dtype=np.float32)[0]
            self.target.catalog.upsert([Entry(track, {"mix": mix})])

    @property
    def missing(self) -> list[str]:
        return [Path(file.path).name for track in missing_tracks(self.target.catalog) for file in track.files]

    def update(self, choices: Choices = PRUNE, *changed: Path) -> Summary:
        found = scan_changed(changed) if changed else scan([self.music])
        scanned = changed or (self.music,)
        summary = bring_up_to_date(self.target, found, scanned, Silent(), Stop(), choices, [self.music])
        assert summary is not None
        return summary

    @property
    def names(self) -> list[str]:
        files = (file for track in self.target.catalog.tracks() for file in track.files)
        return sorted(str(Path(file.path).relative_to(self.music)) for file in files)
