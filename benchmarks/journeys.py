"""How smooth journeys are and how far a radio gets, beside the usual way, and how long they take.

    python benchmarks/journeys.py --home ~/.local/share/polymuse
    python benchmarks/journeys.py --stores /tmp/stores --tracks 6000 --tracks 100000
    python benchmarks/journeys.py --stores /tmp/stores --tracks 6000 --radio

The usual way (AudioMuse-AI, mStream) takes the nearest unused track of each point at equal angles between the ends.
Steps are angles as parts of half a turn, of the vectors as they are and from the mean of the library; `forward` is the
share of steps that come nearer to the end, `detour` the sum of the steps over the angle between the ends, `repeats` the
artists that come again, `top 1 %` the share of all places between the ends that the most used hundredth of the tracks
takes. Synthetic tracks lie around random centres and on lines between them, in a cone, each artist around one centre.
Times are of one request after another, on the clock and of the processor, which tells more on a machine with other
work.
"""

import argparse
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from catalog.journeys.centres import centred
from catalog.journeys.finding import arc
from catalog.journeys.journey import Journey
from catalog.journeys.radio import Radio
from catalog.journeys.versions import artist_keys, song_key
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.home import Home
from polymuse.music import MIX, SCORE

DIM = 768
PER_CENTRE = 200  # synthetic tracks
BETWEEN = 0.4  # share of them on a line between two centres
CONE, SPREAD = 1.0, 0.4  # norms of what all have in common, and of what sets a track apart
BATCH = 256
RADIO_TRACKS, RADIO_COUNT = 500, 10

Path_ = list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a library; it must not be in use")
    parser.add_argument("--stores", type=Path, help="folder for synthetic libraries, which are kept")
    parser.add_argument("--tracks", action="append", type=int, help="of a synthetic library; may be repeated (6000)")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--count", type=int, default=12, help="tracks of a journey")
    parser.add_argument("--radio", action="store_true")
    arguments = parser.parse_args()
    for name, catalog in _catalogs(arguments):
        with catalog:
            print(f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            library = Library(catalog)
            if arguments.radio:
                measure_radio(library, arguments.pairs)
            else:
                measure_journeys(library, arguments.pairs, arguments.count)
            print()


def _catalogs(arguments: argparse.Namespace) -> Iterator[tuple[str, Catalog]]:
    if arguments.home:
        for info in Catalog.peek(Home(arguments.home).store):
            yield str(arguments.home), Catalog.open(Home(arguments.home).store, info.space)
    for number in (arguments.tracks or [6000]) if arguments.stores else ():
        store = arguments.stores / f"journeys-{number}"
        catalog = Catalog.open(store, Space("synthetic", DIM, "0" * 64, f"{number}-tracks"))
        if catalog.count() < number:
            for start in range(0, number, BATCH):
                catalog.upsert(list(synthetic(number, start, min(number, start + BATCH))))
            catalog.flush()
        yield f"{number} synthetic tracks", catalog


def synthetic(number: int, start: int, end: int) -> Iterator[Entry]:
    """Tracks `start` to `end` of so many."""
    random = np.random.default_rng(0)
    groups = max(12, number // PER_CENTRE)
    centres = random.normal(size=(groups, DIM)) / np.sqrt(DIM)
    cone = random.normal(size=DIM) / np.sqrt(DIM)
    for place in range(start, end):
        random = np.random.default_rng(place + 1)
        group = int(random.integers(groups))
        vector = centres[group]
        if random.random() < BETWEEN:
            other, part = (group * 7 + 1 + int(random.integers(3))) % groups, random.random()
            vector = (1 - part) * vector + part * centres[other]
        vector = vector / np.linalg.norm(vector) + CONE * cone + SPREAD * random.normal(size=DIM) / np.sqrt(DIM)
        artist = f"Artist {group}-{random.integers(12)}"
        track = Track(
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(place))),
            files=(FileRef(f"/music/{place % 1000}/{place}.flac", 1000 + place, place),),
            title=f"Title {place}",
            artist=artist,
            album=f"{artist} {random.integers(3)}",
            duration=200.0,
            format="flac",
        )
        yield Entry(track, {MIX: (vector / np.linalg.norm(vector)).astype(np.float32)})


class Library:
    """All recordings of a catalog, in memory: what the usual way searches, and what measures the paths."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        tracks = [track for track in catalog.tracks() if track.kind != SCORE]
        self.ids = [track.id for track in tracks]
        self.row = {each: row for row, each in enumerate(self.ids)}
        parts = (self.ids[start : start + 1000] for start in range(0, len(self.ids), 1000))
        stored = {each: vectors[MIX] for part in parts for each, vectors in catalog.vectors(part).items()}
        self.vectors = np.stack([stored[each] for each in self.ids])
        self.directions, _ = centred(self.vectors, self.vectors.mean(axis=0))
        payloads = [{"artist": t.artist, "artists": list(t.artists), "title": t.title} for t in tracks]
        self.artists = [artist_keys(payload) for payload in payloads]
        self.songs = [song_key(payload) or track.id for payload, track in zip(payloads, tracks, strict=True)]

    def pairs(self, number: int) -> list[tuple[int, int]]:
        random = np.random.default_rng(1)
        found = [random.choice(len(self.ids), 2, replace=False) for _ in range(number)]
        return [(int(a), int(b)) for a, b in found]


def usual(library: Library, space: np.ndarray, start: int, end: int, count: int, *, one_per_artist: bool) -> Path_:
    """The nearest unused track of each waypoint."""
    used, artists = {start, end}, {*library.artists[start], *library.artists[end]}
    path = [start]
    for point in arc(space[start], space[end], count)[1:-1]:
        nearest = np.argsort(-(space @ point), kind="stable").tolist()
        free = (row for row in nearest if row not in used)
        row = next(row for row in free if not (one_per_artist and artists & {*library.artists[row]}))
        path.append(row)
        used.add(row)
        artists |= {*library.artists[row]}
    return [*path, end]


def measure_journeys(library: Library, pairs: int, count: int) -> None:
    times: list[tuple[float, float]] = []

    def ours(start: int, end: int) -> Path_:
        begun, busy = time.perf_counter(), time.process_time()
        found = library.catalog.journey(Journey(library.ids[start], library.ids[end], count))
        times.append((time.perf_counter() - begun, time.process_time() - busy))
        return [library.row[step.track.id] for step in found.steps if step.track.id in library.row]

    raw, mean = library.vectors, library.directions
    ways: dict[str, Callable[[int, int], Path_]] = {
        "nearest to waypoints": lambda a, b: usual(library, raw, a, b, count, one_per_artist=False),
        "one per artist": lambda a, b: usual(library, raw, a, b, count, one_per_artist=True),
        "from the mean": lambda a, b: usual(library, mean, a, b, count, one_per_artist=False),
        "from the mean, one per artist": lambda a, b: usual(library, mean, a, b, count, one_per_artist=True),
        "journey": ours,
    }
    print(f"{pairs} pairs of {len(library.ids)} tracks, journeys of {count}")
    header = ("max", "mean", "max", "mean", "forward", "detour", "repeats", "songs", "top 1 %")
    print(f"{'':32}{'as they are':>16}{'from the mean':>16}")
    print(f"{'':32}" + "".join(f"{each:>8}" for each in header))
    ends = library.pairs(pairs)
    library.catalog.journey(Journey(library.ids[0], library.ids[-1], count))  # reads the mean
    for name, way in ways.items():
        paths = [way(*each) for each in ends]
        print(f"{name:32}" + "".join(f"{each:8.3f}" for each in figures(library, paths)))
    clock, busy = np.array(times).T * 1000
    for name, each in (("clock", clock), ("processor", busy)):
        print(f"time of a journey, {name}: p50 {np.median(each):.0f} ms, p95 {np.percentile(each, 95):.0f} ms")


def figures(library: Library, paths: Sequence[Path_]) -> list[float]:
    raw = [_steps(library.vectors, path) for path in paths]
    mean = [_steps(library.directions, path) for path in paths]
    forward = [np.mean(np.diff([_angle(library.directions, row, path[-1]) for row in path]) < 0) for path in paths]
    direct = [_angle(library.directions, path[0], path[-1]) for path in paths]
    repeats = [_repeats([each for row in path for each in library.artists[row]]) for path in paths]
    songs = [_repeats([library.songs[row] for row in path]) for path in paths]
    used = Counter(row for path in paths for row in path[1:-1])
    top = sum(number for _, number in used.most_common(max(1, len(library.ids) // 100)))
    return [
        float(each)
        for each in (
            *(np.mean([steps.max() for steps in raw]), np.mean([steps.mean() for steps in raw])),
            *(np.mean([steps.max() for steps in mean]), np.mean([steps.mean() for steps in mean])),
            *(np.mean(forward), np.mean([steps.sum() / max(d, 1e-3) for steps, d in zip(mean, direct, strict=True)])),
            *(np.mean(repeats), np.mean(songs), top / max(1, used.total())),
        )
    ]


def _repeats(names: Sequence[str]) -> int:
    return len(names) - len(set(names))


def _angle(space: np.ndarray, a: int, b: int) -> float:
    return float(np.arccos(np.clip(space[a] @ space[b], -1, 1)) / np.pi)


def _steps(space: np.ndarray, path: Path_) -> np.ndarray:
    return np.array([_angle(space, a, b) for a, b in pairwise(path)])


def measure_radio(library: Library, radios: int) -> None:
    """Radios from different tracks, each of RADIO_TRACKS."""
    seeds = [start for start, _ in library.pairs(max(1, radios // 4))]
    used: Counter[int] = Counter()
    repeats, gaps, times, near, far = 0, 0, [], [], []
    for seed in seeds:
        played = [library.ids[seed]]
        while len(played) <= RADIO_TRACKS:
            asked = Radio((played[0],), exclude=frozenset(played), recent=tuple(played[-20:]), count=RADIO_COUNT)
            begun, busy = time.perf_counter(), time.process_time()
            found = library.catalog.radio(asked)
            times.append((time.perf_counter() - begun, time.process_time() - busy))
            played += [track.id for track in found.tracks]
            gaps += bool(found.relaxed)
            if found.exhausted:
                print(f"the library ends after {len(played)} tracks")
                break
        rows = [library.row[each] for each in played]
        repeats += _repeats([library.songs[row] for row in rows])
        used.update(rows[1:])
        similar = library.directions[rows] @ library.directions[seed]
        near.append(float(similar[1:51].mean()))
        far.append(float(similar[-50:].mean()))
    top = sum(number for _, number in used.most_common(max(1, len(library.ids) // 100)))
    print(f"{len(seeds)} radios of {RADIO_TRACKS} tracks from {len(library.ids)}: {repeats} songs repeated")
    print(
        f"tracks reached {len(used) / len(library.ids):.1%}, the most used 1 % took {top / used.total():.1%} of places"
    )
    print(f"cosine with the seed, from the mean: first 50 {np.mean(near):.2f}, last 50 {np.mean(far):.2f}")
    print(f"requests in which a gap was given up: {gaps} of {len(times)}")
    clock, busy = np.array(times).T * 1000
    for name, each in (("clock", clock), ("processor", busy)):
        print(f"time of a request, {name}: p50 {np.median(each):.0f} ms, p95 {np.percentile(each, 95):.0f} ms")


if __name__ == "__main__":
    main()
