"""How long answers take that Navidrome waits for: through the compiled plugin, to a running service.

    polymuse serve &
    python benchmarks/navidrome.py http://127.0.0.1:8765

The plugin runs in the Extism host as in Navidrome, a new instance for each call; its own share, with a server
in memory. The songs are some with artist and album, from all over the library, with the tags that Navidrome would send,
the same in each run.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import httpx
import numpy as np

from tests.helpers.navidrome_host import SETTINGS, HttpAnswer, NavidromeHost, through_httpx

CALLS = 40  # of each row
SEED = 0
HEAD = f"{'':34}{'answers':>9}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--api-key", default=os.environ.get("POLYMUSE_API_KEY", ""))
    arguments = parser.parse_args()
    wasm = (files("players.navidrome") / "plugin.wasm").read_bytes()
    print(f"plugin.wasm: {len(wasm)} bytes; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n{HEAD}")
    headers = {"X-API-Key": arguments.api_key} if arguments.api_key else {}
    with httpx.Client(base_url=arguments.url, timeout=60) as client:
        answer = client.get("/v1/tracks", params={"limit": 1000}, headers=headers).raise_for_status()
        songs = [song_of(track) for track in answer.json()["tracks"] if track["artist"] and track["album"]]
        random.Random(SEED).shuffle(songs)
        settings = {**SETTINGS, "key": arguments.api_key}
        of_service = NavidromeHost(wasm, through_httpx(client), settings)
        measure_plugin(wasm, songs)
        for count in (10, 100, 200):
            measure(
                "similar tracks",
                of_service,
                count,
                songs,
                lambda song, n: ("nd_get_sonic_similar_tracks", {"song": song, "count": n}),
            )
        for count in (25, 100):
            measure("path", of_service, count, songs, path_of(songs))
        measure(
            "similar songs, by track",
            of_service,
            100,
            songs,
            lambda song, n: ("nd_get_similar_songs_by_track", {**song, "count": n}),
        )
        measure(
            "by album",
            of_service,
            100,
            songs,
            lambda song, n: ("nd_get_similar_songs_by_album", {**song, "name": song["album"], "count": n}),
        )
        measure(
            "by artist",
            of_service,
            100,
            songs,
            lambda song, n: ("nd_get_similar_songs_by_artist", {**song, "name": song["artist"], "count": n}),
        )
        measure(
            "similar artists",
            of_service,
            22,
            songs,
            lambda song, n: ("nd_get_similar_artists", {"id": "", "name": song["artist"], "limit": n}),
        )
        measure(
            "a song that is not there",
            of_service,
            100,
            songs,
            lambda song, n: (
                "nd_get_similar_songs_by_track",
                {"id": "", "name": f"{song['name']} qq", "artist": "xqx", "count": n},
            ),
        )


Question = Callable[[dict[str, Any], int], tuple[str, dict[str, Any]]]


def song_of(track: dict[str, Any]) -> dict[str, Any]:
    artists = [{"name": name} for name in track["artists"]]
    known = {"name": track["title"], "artist": track["artist"], "artists": artists, "album": track["album"]}
    return {"id": "", **known, "duration": track["duration"], "durationMs": round(track["duration"] * 1000)}


def path_of(songs: Sequence[dict[str, Any]]) -> Question:
    ends = iter(songs[::-1])
    return lambda song, n: ("nd_find_sonic_path", {"startSong": song, "endSong": next(ends), "count": n})


def measure_plugin(wasm: bytes, songs: Sequence[dict[str, Any]]) -> None:
    """The share of the plugin: 200 matches from memory."""
    matches = [{"song": songs[number % len(songs)], "similarity": 0.5} for number in range(200)]
    body = json.dumps({"matches": matches}, ensure_ascii=False, separators=(",", ":")).encode()
    host = NavidromeHost(wasm, lambda _: HttpAnswer(body))
    measure(
        f"the plugin alone, {len(body) >> 10} KiB",
        host,
        200,
        songs,
        lambda song, n: ("nd_get_sonic_similar_tracks", {"song": song, "count": n}),
    )


def measure(what: str, host: NavidromeHost, count: int, songs: Sequence[dict[str, Any]], question: Question) -> None:
    times, found = [], []
    for song in songs[:CALLS]:
        function, given = question(song, count)
        begun = time.perf_counter()
        output = host.call(function, given)
        times.append((time.perf_counter() - begun) * 1000)
        [answers] = json.loads(output).values()
        found.append(len(answers))
    p50, p95 = np.percentile(times, [50, 95])
    print(f"{f'{what}, {count}':34}{np.median(found):>9.0f}{p50:>9.1f}{p95:>9.1f}{max(times):>9.1f}")


if __name__ == "__main__":
    main()
