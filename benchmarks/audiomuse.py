"""How long plugins for AudioMuse-AI wait for an answer, and what the index of Jellyfin's ids takes.

    python benchmarks/audiomuse.py --url http://127.0.0.1:8765 --requests 100
    python benchmarks/audiomuse.py --tracks 100000

The first asks a running service with the setting `audiomuse: jellyfin`, one request after another, by songs of its
library at random. The second fills an index with made-up paths, in an engine in memory, and looks ids up in it.
"""

import argparse
import json
import os
import random
import threading
import time
import uuid
from collections.abc import Callable
from urllib.parse import quote
from urllib.request import urlopen

import numpy as np

from catalog.engine import Conditions, Point
from catalog.path_hashes import PathHash, PathHashes
from players.jellyfin_ids import SONG

SEED = 3
FOLDERS = (("/home/me/Music", "/media/music"),)
LOOKUPS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a running service")
    parser.add_argument("--requests", type=int, default=100, help="of each kind")
    parser.add_argument("--tracks", type=int, help="size of an index")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if arguments.url:
        measure_service(arguments.url.rstrip("/"), arguments.requests)
    if arguments.tracks:
        measure_index(arguments.tracks)


def measure_service(url: str, requests: int) -> None:
    """Times of a request, on the clock."""
    chance = random.Random(SEED)
    listed = _get(f"{url}/v1/tracks?limit=500")["tracks"]
    found = [_get(f"{url}/api/search_tracks?title={quote(track['title'])}") for track in chance.sample(listed, 20)]
    ids = sorted({row["item_id"] for rows in found for row in rows})
    asked: dict[str, Callable[[], str]] = {
        "similar_tracks, n=50": lambda: f"similar_tracks?item_id={chance.choice(ids)}&n=50&eliminate_duplicates=true",
        "find_path, max_steps=25": lambda: "find_path?start_song_id={}&end_song_id={}&max_steps=25".format(
            *chance.sample(ids, 2)
        ),
        "similar_artists": lambda: f"similar_artists?artist={quote(chance.choice(listed)['artist'] or 'nobody')}",
    }
    for name, make in asked.items():
        times = []
        for _ in range(requests):
            address = f"{url}/api/{make()}"
            begun = time.perf_counter()
            try:
                _get(address)
            except OSError:  # an artist without a name is 404
                continue
            times.append(1000 * (time.perf_counter() - begun))
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{name:<26} {len(times)} answers   p50 {p50:.0f} ms   p95 {p95:.0f} ms")


def _get(address: str) -> dict:
    with urlopen(address, timeout=60) as answer:
        return json.load(answer)


class _Paths:
    """As much of an engine as is read: made-up paths of a library."""

    def __init__(self, tracks: int) -> None:
        self._tracks = tracks

    def count(self, where: Conditions) -> int:
        return self._tracks

    def scroll(
        self, where: Conditions, limit: int, cursor: str | None, fields: object
    ) -> tuple[list[Point], str | None]:
        start = int(cursor or 0)
        page = [Point(_id(n), {"paths": [_path(n)]}) for n in range(start, min(start + limit, self._tracks))]
        return page, str(start + limit) if start + limit < self._tracks else None


def _id(number: int) -> str:
    return str(uuid.UUID(int=number))


def _path(number: int) -> str:
    return f"/home/me/Music/Artist {number // 100}/Album {number // 10}/{number % 10:02} A title of some length.flac"


def measure_index(tracks: int) -> None:
    """Memory and processor time of an index."""
    rule = PathHash(SONG, FOLDERS)
    index = PathHashes(_Paths(tracks), threading.RLock(), rule, others_write=False)  # type: ignore[arg-type]
    begun = time.process_time()
    index.prepare()
    made = time.process_time() - begun
    chance = random.Random(SEED)
    digests = [rule.of(_path(chance.randrange(tracks))) for _ in range(LOOKUPS)]
    begun = time.process_time()
    found = sum(len(index.candidates([digest])) for digest in digests)
    each = 1e6 * (time.process_time() - begun) / LOOKUPS
    print(f"{tracks:,} tracks: {index.bytes_used() / 1e6:.1f} MB, made in {made:.1f} s of the processor")
    print(f"{found} of {LOOKUPS} found, {each:.0f} µs each")


if __name__ == "__main__":
    main()
