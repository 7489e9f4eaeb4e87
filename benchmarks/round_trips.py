"""Libraries that take over each other's tracks, with conflicts: tracks overwritten wrongly.

    python benchmarks/round_trips.py [--rounds 1000] [--seed 0]

Two libraries index the same folder, each at its own times: files change, move, are tagged again and go away meanwhile.
In between one takes over the other, by an export and an import or by a copy, as `polymuse migrate` does it. After that,
an oracle of its own goes through all tracks and files: by the rule of docs/server.md, what counts must be there, whole,
and nothing else may have changed; and again after taking over the same once more. Every tenth round is on embedded
stores, the others in memory.
"""

import argparse
import io
import itertools
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np

from catalog import exchange
from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import MIX, Segment

SPACE = Space("trips", 8, "f" * 64, "starter")
FILES = 12
STEPS = 12  # of a round
TAGS = ("Prelude", "Prélude", "Nocturne")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds, and its title."""

    number: int
    title: str


class Folder:
    """Files that change; each content is a recording of its own."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        path.mkdir()
        self.path = path
        self._chance = chance
        self._numbers = itertools.count(2**100)
        self.files: dict[Path, Recording] = {}
        for number in range(FILES):
            self._write(path / f"{number}.ogg", self._new())

    def change(self) -> None:
        """One file is replaced, tagged again, moved, copied or deleted."""
        file = self._chance.choice([*self.files])
        recording = self.files[file]
        other = self.path / f"{self._chance.randrange(2 * FILES)}.ogg"
        match self._chance.randrange(5):
            case 0:
                self._write(file, self._new())
            case 1:
                self._write(file, replace(recording, title=self._chance.choice(TAGS)))
            case 2 if other not in self.files:
                file.rename(other)
                self.files[other] = self.files.pop(file)
            case 3:
                self._write(other, recording)
            case _ if len(self.files) > 2:
                file.unlink()
                del self.files[file]

    def _new(self) -> Recording:
        return Recording(next(self._numbers), self._chance.choice(TAGS))

    def _write(self, file: Path, recording: Recording) -> None:
        file.write_text(f"{recording} {self._chance.random()}")
        self.files[file] = recording


class Clock:
    """Minutes, at which tracks are analysed."""

    def __init__(self) -> None:
        self._minutes = itertools.count()

    def now(self) -> str:
        minutes = next(self._minutes)
        return f"2026-01-01T{minutes // 60:02}:{minutes % 60:02}:00+00:00"


def index(catalog: Catalog, folder: Folder, clock: Clock, chance: random.Random) -> None:
    """Take in some of the files as they are now, as a scan of a part of the folder does."""
    time = clock.now()
    for path in chance.sample([*folder.files], len(folder.files) // 2):
        recording, status = folder.files[path], path.stat()
        file = FileRef(str(path), status.st_size, status.st_mtime_ns)
        id_ = str(UUID(int=recording.number))
        known = next(iter(stored(catalog).get(id_, ())), None)
        files = (*(each for each in known.track.files if each.path != file.path), file) if known else (file,)
        catalog.upsert([analysed(id_, recording.title, files, time)])


def analysed(id_: str, title: str, files: tuple[FileRef, ...], time: str) -> Entry:
    vectors = np.random.default_rng([UUID(id_).int % 2**32, int(time[11:13]) * 60 + int(time[14:16])])
    parts = [made / np.linalg.norm(made) for made in vectors.normal(size=(3, SPACE.dim)).astype(np.float32)]
    track = Track(id_, files, title, 100.0, "vorbis", indexed_at=time)
    return Entry(track, {MIX: parts[0]}, (Segment(0.0, 10.0, parts[1]), Segment(10.0, 20.0, parts[2])))


def stored(catalog: Catalog) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for page in catalog.entries():
        for entry in page:
            found.setdefault(entry.track.id, []).append(entry)
    return found


def entries_of(catalog: Catalog) -> dict[str, Entry]:
    return {id_: entry for id_, [entry] in stored(catalog).items()}


def take_over(source: Catalog, target: Catalog, *, by_file: bool) -> None:
    def step(_: int) -> None: ...

    if not by_file:
        exchange.copy(source, target, step)
        return
    lines = io.BytesIO()
    exchange.export(source, lines, step)
    lines.seek(0)
    header = exchange.read_header(lines, "the export")
    exchange.take_over(target, exchange.read_entries(lines, header, "the export"), step)


class Oracle:
    """What must be true after a library has taken over another one."""

    def __init__(self, before: Mapping[str, Entry], incoming: Mapping[str, Entry]) -> None:
        self.before = before
        self.incoming = incoming

    def flaws(self, after: Mapping[str, Entry]) -> Iterator[str]:
        owners = Counter(file.path for entry in after.values() for file in entry.track.files)
        yield from (f"two tracks have {path}" for path, count in owners.items() if count > 1)
        for id_, old in self.before.items():
            new, found = self.incoming.get(id_), after.get(id_)
            taken = new is not None and new.track != old.track and self._counts(new, old) and self._has_a_file(new, old)
            left = {file.path for file in old.track.files if not self._may_go(file, old, taken=taken)}
            if found is None:
                if left:
                    yield f"{id_} is gone, and had {left}"
            elif left - {file.path for file in found.track.files}:
                yield f"{id_} has lost {left}"
            elif not same(found, new if taken and new is not None else old):
                yield f"{id_} was {'kept' if taken else 'overwritten'} wrongly"
        for id_, new in self.incoming.items():
            if id_ not in self.before and id_ not in after and self._wins_a_file(new):
                yield f"{id_} was not taken"

    def _may_go(self, file: FileRef, old: Entry, *, taken: bool) -> bool:
        """Whether the file may leave its track: another one claims it rightly, or it is not as the track knows it."""
        if taken and not is_now(file):
            return True
        for new in self.incoming.values():
            claims = any(each.path == file.path for each in new.track.files)
            if claims and new.track.id != old.track.id and self._enters(new) and rule(new, old, {file.path}):
                return True
        return False

    def _enters(self, new: Entry) -> bool:
        old = self.before.get(new.track.id)
        return old is None or old.track == new.track or self._counts(new, old)

    def _has_a_file(self, new: Entry, old: Entry) -> bool:
        """Whether a track keeps any file, as none is stored without."""
        return self._wins_a_file(new) or any(map(is_now, old.track.files))

    def _wins_a_file(self, new: Entry) -> bool:
        owners = {file.path: entry for entry in self.before.values() for file in entry.track.files}
        paths = [file.path for file in new.track.files]
        return any(
            path not in owners or owners[path].track.id == new.track.id or rule(new, owners[path], {path})
            for path in paths
        )

    def _counts(self, new: Entry, old: Entry) -> bool:
        return rule(new, old, {file.path for file in (*new.track.files, *old.track.files)})


def rule(new: Entry, old: Entry, paths: set[str]) -> bool:
    knows = [any(file.path in paths and is_now(file) for file in entry.track.files) for entry in (new, old)]
    return knows[0] if knows[0] != knows[1] else new.track.indexed_at > old.track.indexed_at


def is_now(file: FileRef) -> bool:
    path = Path(file.path)
    if not path.exists():
        return False
    status = path.stat()
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)


def same(one: Entry, other: Entry) -> bool:
    """Whether they were analysed at once, but for their files."""
    alike = replace(one.track, files=()) == replace(other.track, files=())
    vectors = [np.stack([entry.vectors[MIX], *(each.vector for each in entry.segments)]) for entry in (one, other)]
    return alike and vectors[0].shape == vectors[1].shape and bool(np.allclose(*vectors, atol=1e-6))


def play(number: int, seed: int, flaws: Counter[str], done: Counter[str]) -> None:
    """One round."""
    chance = random.Random(f"{seed} {number}")
    with tempfile.TemporaryDirectory(prefix="polymuse-trips-") as name, ExitStack() as open_catalogs:
        folder, clock = Folder(Path(name) / "music", chance), Clock()
        made = [
            Catalog.open(Path(name) / f"store {n}", SPACE) if number % 10 == 0 else Catalog.in_memory(SPACE)
            for n in range(2)
        ]
        one, two = (open_catalogs.enter_context(catalog) for catalog in made)
        for _ in range(STEPS):
            for _ in range(chance.randrange(4)):
                folder.change()
            index(chance.choice([one, two]), folder, clock, chance)
            if chance.random() < 0.4:
                source, target = chance.sample([one, two], 2)
                oracle = Oracle(entries_of(target), entries_of(source))
                by_file = chance.random() < 0.5
                take_over(source, target, by_file=by_file)
                after = entries_of(target)
                found = [*oracle.flaws(after)]
                take_over(source, target, by_file=by_file)
                found += Oracle(after, oracle.incoming).flaws(entries_of(target))
                done["import" if by_file else "copy"] += 1
                done["tracks"] += len(oracle.before)
                done["conflicts"] += sum(
                    id_ in oracle.incoming and oracle.incoming[id_].track != entry.track
                    for id_, entry in oracle.before.items()
                )
                for flaw in found:
                    print(f"round {number}: {flaw}", file=sys.stderr)
                flaws["tracks"] += len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    flaws: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for number in range(arguments.rounds):
        play(number, arguments.seed, flaws, done)
    print(json.dumps({"rounds": arguments.rounds, "seed": arguments.seed, **done}))
    print(f"flaws: {flaws['tracks']}")
    sys.exit(bool(flaws))


if __name__ == "__main__":
    main()
