"""What happens to the libraries of power_cuts.py: steps, and what must be stored after each."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np

from catalog import exchange
from catalog.catalog import Catalog
from catalog.edge import EdgeEngine
from catalog.payload import TRACKS
from catalog.store import Space, directory_of
from catalog.track import Entry, FileRef, Track
from polymuse.descriptors import StoredDescriptor
from polymuse.music import MIX, Segment

SPACE = Space("power", 768, "f" * 64, "starter")  # long vectors lie on several pages
FIRST = 2**100  # number of the id of track 0

Stored = Entry | StoredDescriptor | None  # None: not stored
State = Mapping[str, Stored]  # tracks by id, descriptors by slug


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the library that ends with a flush."""

    name: str
    change: Callable[[Catalog], object]
    effect: State
    reopens: bool = False  # the library is closed and opened again first


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is recorded: something to start from, and steps."""

    name: str
    prepare: Callable[[Path], None]
    start: State
    steps: Sequence[Step]

    def possible(self, told: Sequence[str]) -> dict[str, list[Stored]]:
        """The states that a track or descriptor may have after a loss, given the messages of the run so far."""
        begun, ended = told.count("begin"), told.count("end")
        possible: dict[str, list[Stored]] = {id_: [entry] for id_, entry in self.start.items()}
        for number, step in enumerate(self.steps[:begun]):
            for id_, entry in step.effect.items():
                before = possible.get(id_, [None])
                possible[id_] = [entry] if number < ended else [*before, entry]
        return possible


def entry(number: int, version: int = 0, *stems: str, segments: int = 2) -> Entry:
    """Track `number`; a version has other vectors and another title."""
    chance = np.random.default_rng([number, version])

    def vector() -> np.ndarray:
        made = chance.normal(size=SPACE.dim).astype(np.float32)
        return made / np.linalg.norm(made)

    track = Track(
        id=str(UUID(int=number + FIRST)),
        files=(FileRef(f"/music/{number}.ogg", 1000, 7),),
        title=f"Title {number}, version {version}",
        duration=100.0,
        format="vorbis",
        artist=f"Artist {number % 3}",
        year=1990 + number,
        models={"embedder": SPACE.fingerprint},
        indexed_at="2026-01-01T00:00:00+00:00",
    )
    vectors = {name: vector() for name in (MIX, *stems)}
    return Entry(track, vectors, tuple(Segment(10.0 * i, 10.0 * i + 10, vector()) for i in range(segments)))


def descriptor(slug: str, version: int = 0, *, own: bool = False) -> StoredDescriptor:
    """A descriptor; a version has another vector and another name."""
    vector = np.random.default_rng([*slug.encode(), version]).normal(size=SPACE.dim).astype(np.float32)
    names = {"en": f"{slug}, version {version}"}
    return StoredDescriptor(slug, "mood", names, (slug,), (MIX,), vector / np.linalg.norm(vector), own=own)


def states(*stored: Entry | StoredDescriptor) -> dict[str, Stored]:
    return {each.track.id if isinstance(each, Entry) else each.slug: each for each in stored}


def life(folder: Path) -> Scenario:
    """All that changes a library. An export to import is made in `folder`."""
    first = [entry(number, 0, "vocals") for number in range(6)]
    second = [entry(number) for number in range(6, 10)]
    renamed = [replace(each, track=replace(each.track, title="Other title", genres=("Jazz",))) for each in first[:3]]
    again = [entry(4, 1, "vocals", segments=1), entry(6, 1, segments=3)]
    imported = [entry(number, 0, "vocals") for number in range(10, 16)]
    stem = [entry(number, 0, "choir") for number in range(16, 19)]
    gone = [second[1].track.id, second[2].track.id]
    bank = [descriptor(f"mood-{number}") for number in range(20)]
    next_bank = [*bank[:5], *(descriptor(f"mood-{number}", 1) for number in range(15, 25))]
    own, changed = [descriptor(slug, own=True) for slug in ("rain", "sea")], descriptor("rain", 1, own=True)
    export = folder / "export.jsonl"
    with Catalog.in_memory(SPACE) as source:
        source.upsert(imported)
        exchange.export_file(source, export, lambda _: None)

    def retag(library: Catalog) -> None:
        for each in renamed:
            library.update(each.track)

    def remove(library: Catalog) -> None:
        library.remove_path(second[3].track.files[0].path)

    def add(library: Catalog) -> None:
        for each in own:
            library.put_descriptor(each)

    def take_in(library: Catalog) -> None:
        with export.open("rb") as lines:
            header = exchange.read_header(lines, export.name)
            exchange.take_over(library, exchange.read_entries(lines, header, export.name), lambda _: None)

    return Scenario(
        "life",
        lambda _: None,
        {},
        [
            Step("index", lambda library: library.upsert(first), states(*first)),
            Step("index more", lambda library: library.upsert(second), states(*second)),
            Step("bank", lambda library: library.put_descriptors(bank, "1"), states(*bank)),
            Step("own descriptors", add, states(*own)),
            Step("tag again", retag, states(*renamed)),
            Step("delete", lambda library: library.delete(gone), dict.fromkeys(gone)),
            Step("analyse again", lambda library: library.upsert(again), states(*again)),
            Step("import", take_in, states(*imported), reopens=True),
            Step(
                "another bank",
                lambda library: library.put_descriptors(next_bank, "2"),
                {each.slug: None for each in bank} | states(*next_bank),
            ),
            Step("change a descriptor", lambda library: library.put_descriptor(changed), states(changed)),
            Step("remove one", lambda library: library.remove_descriptor("sea"), {"sea": None}),
            Step("new stem", lambda library: library.upsert(stem), states(*stem)),
            Step("remove a file", remove, {second[3].track.id: None}),
            Step("orphans", lambda library: library.delete_orphans(), {}, reopens=True),
        ],
    )  # fmt: skip


def analysis(_folder: Path) -> Scenario:
    """Tracks are analysed again, all at once and one by one, as with `index --force`."""

    def version(number: int) -> list[Entry]:
        return [entry(track, number, "vocals", "drums", segments=3 - number % 2) for track in range(8)]

    def one_by_one(library: Catalog) -> None:
        for each in version(2):
            library.upsert([each])

    return Scenario(
        "analysis",
        lambda _: None,
        {},
        [
            Step("index", lambda library: library.upsert(version(0)), states(*version(0))),
            Step("analyse again", lambda library: library.upsert(version(1)), states(*version(1))),
            Step("one by one", one_by_one, states(*version(2))),
            Step("once more", lambda library: library.upsert(version(3)), states(*version(3))),
        ],
    )


def upgrade(_folder: Path) -> Scenario:
    """A store of format 1, whose payload lacks the newest field, is opened and indexed into."""
    old = [entry(number, segments=0) for number in range(5)]
    new = [entry(number) for number in range(5, 8)]

    def prepare(store: Path) -> None:
        with Catalog.open(store, SPACE) as library:
            library.upsert(old)
        directory = directory_of(store, SPACE)
        tracks = EdgeEngine(directory / "shard", SPACE.dim, TRACKS)
        payloads = {point.id: point for point in tracks.retrieve([each.track.id for each in old], vectors=True)}
        tracks.close()
        shutil.rmtree(directory / "shard")
        shutil.rmtree(directory / "segments")
        tracks = EdgeEngine(directory / "shard", SPACE.dim, replace(TRACKS, keywords=TRACKS.keywords[:-1]))
        tracks.upsert([*payloads.values()])
        tracks.flush()
        tracks.close()
        path = directory / "store.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))

    def index(library: Catalog) -> None:
        library.upsert(new)

    return Scenario("upgrade", prepare, states(*old), [Step("index", index, states(*new))])


SCENARIOS = (life, analysis, upgrade)
