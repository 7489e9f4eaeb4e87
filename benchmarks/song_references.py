"""How well and how fast the tracks are found that other players' songs are.

    python -m benchmarks.song_references
    python -m benchmarks.song_references --tracks 100000 [--store /tmp/songs] [--references 500]

The first prints precision (right among those that were found) and recall (right among those that the library has) over
the cases of tests/catalog/songs/cases. `references.tsv` varies each track of the library in turn. `second.tsv` and
`third.tsv` were typed by hand before any of them had been tried; their first figures are in docs/players.md.

`--tracks` measures an embedded store of synthetic tracks, which it makes first unless `--store` has it: references as
they are tagged, with a path, with learnt ids, with typing errors, and of songs that are not there.
"""

import argparse
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from catalog.catalog import Catalog
from catalog.songs.reference import SongReference
from catalog.songs.resolving import Resolved, learn, resolve
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from tests.helpers.ids import id_of
from tests.helpers.song_cases import Case, cases, library, score

SPACE = Space(name="songs", dim=4, fingerprint="5" * 64, profile="starter")
SEED = 7
BATCH = 1000
ROUNDS = 3
SYLLABLES = "ka mo ri ta lun sel dor vi an eth bra qui sol mer no pa ru shi go wen lo fe ma jin tor be".split()  # noqa: SIM905
VERSIONS = ("", "", "", "", "", "", " (Live)", " - 2011 Remaster", " (feat. {})", " (Acoustic)")


def accuracy() -> None:
    with library() as catalog:
        for name in ("references.tsv", "second.tsv", "third.tsv"):
            of = cases(name)
            pairs = list(zip(of, resolve([case.reference for case in of], catalog), strict=True))
            total = score(pairs)
            print(f"{name}: {len(of)} references, precision {total.precision:.3f}, recall {total.recall:.3f}")
            kinds: dict[str, list[tuple[Case, Resolved]]] = defaultdict(list)
            for case, resolved in pairs:
                kinds[case.kind].append((case, resolved))
            for kind, each in kinds.items() if len(kinds) > 1 else ():
                part = score(each)
                print(f"  {kind:28} {len(each):4}  precision {part.precision:.3f}  recall {part.recall:.3f}")


def speed(tracks: int, store: Path | None, number: int) -> None:
    with ExitStack() as stack:
        place = store or Path(stack.enter_context(TemporaryDirectory(prefix="songs-")))
        catalog = stack.enter_context(Catalog.open(place, SPACE))
        there = catalog.count()
        for entries in _batches(tracks):
            if there < tracks and uuid.UUID(entries[-1].track.id).int > there:
                catalog.upsert(entries)
        dice = random.Random(SEED)
        known = catalog.known([id_of(n + 1) for n in dice.sample(range(tracks), number)])
        exact = [_reference(track) for track in known]
        begun = time.perf_counter()
        catalog.find_names("warm up")
        print(f"index of names: {time.perf_counter() - begun:.1f} s, once")
        learnt = [replace(each, server="bench", id=str(n)) for n, each in enumerate(exact)]
        learn(resolve(learnt, catalog), catalog)
        kinds: dict[str, list[SongReference]] = {
            "title, artist, album, duration": exact,
            "title and artist": [replace(each, album="", duration=None) for each in exact],
            "path": [replace(each, path=track.files[0].path) for each, track in zip(exact, known, strict=True)],
            "learnt id": learnt,
            "typing error in the title": [replace(each, title=_typed(each.title)) for each in exact],
            "songs that are not there": [replace(each, title=each.title[::-1]) for each in exact],
        }
        for kind, of in kinds.items():
            found = sum(each.track is not None for each in resolve(of, catalog))
            one = _milliseconds(lambda of=of: resolve(of[:1], catalog))
            many = _milliseconds(lambda of=of: resolve(of, catalog))
            print(f"{kind:32} {found:4} of {len(of)} found; one {one}, all {many}")


def _batches(tracks: int) -> Iterator[list[Entry]]:
    dice = random.Random(SEED)
    artists = [_name(dice, 2).title() for _ in range(max(tracks // 20, 1))]
    vector = {"mix": np.array([1, 0, 0, 0], np.float32)}
    for start in range(0, tracks, BATCH):
        entries = []
        for number in range(start, min(start + BATCH, tracks)):
            artist = dice.choice(artists)
            title = _name(dice, dice.randint(1, 4)).capitalize() + dice.choice(VERSIONS).format(dice.choice(artists))
            track = Track(
                id=id_of(number + 1),
                files=(FileRef(f"/music/{artist}/{number}.flac", 1, 1),),
                title=title,
                duration=float(dice.randint(90, 500)),
                format="flac",
                artist=artist,
                album=f"{artist} {number % 3}",
            )
            entries.append(Entry(track, vector))
        yield entries


def _name(dice: random.Random, words: int) -> str:
    return " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(1, 3))) for _ in range(words))


def _reference(track: Track) -> SongReference:
    return SongReference(track.title, track.artists, track.album, track.duration)


def _typed(title: str) -> str:
    return title[:2] + title[3:2:-1] + title[4:] if len(title) > 4 else title


def _milliseconds(work: Callable[[], object]) -> str:
    """The shortest of several rounds, and the time of processors, which other programs disturb less."""
    times, of_processors = [], []
    for _ in range(ROUNDS):
        begun, used = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - begun)
        of_processors.append(time.process_time() - used)
    return f"{min(times) * 1000:.1f} ms ({min(of_processors) * 1000:.1f} ms of processors)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=0)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--references", type=int, default=500)
    options = parser.parse_args()
    if options.tracks:
        speed(options.tracks, options.store, options.references)
    else:
        accuracy()


if __name__ == "__main__":
    main()
