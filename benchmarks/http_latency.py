"""How long a running service takes to answer: texts in five languages, filters, similar tracks.

    polymuse serve &
    python benchmarks/http_latency.py http://127.0.0.1:8765

200 queries run one after the other, then 200 others from four clients, over connections that stay open. No text
comes twice, so the service remembers none of them; start it anew for each run. `/healthz`, asked as often in the same
ways, is the floor that HTTP and the machine set.
"""

import argparse
import itertools
import os
import platform
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

QUERIES = 200
CLIENTS = 4
SEED = 0
LIMIT = 20  # hits per query
# Per language: kinds, instruments and styles, and a phrase that names none of them.
WORDS = {
    "en": ("calm dark happy fast", "piano violin techno choir guitar", "for a nightclub at two in the morning"),
    "zh": ("平静的 黑暗的 欢快的 快速的", "钢琴 小提琴 科技舞曲 合唱 吉他", "适合下雨天听"),
    "es": ("tranquilo oscuro alegre rápido", "piano violín techno coro guitarra", "para estudiar sin distracciones"),
    "ar": ("هادئ مظلم سعيد سريع", "بيانو كمان تكنو جوقة غيتار", "للسفر في الليل"),
    "ja": ("静かな 暗い 楽しい 速い", "ピアノ バイオリン テクノ 合唱 ギター", "雨の夜に聴く"),
}
FILTERS = ("duration:60..600", "duration:..300", "-genre:rock", "year:1990..")


@dataclass(frozen=True)
class Call:
    kind: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--api-key", default=os.environ.get("POLYMUSE_API_KEY"))
    arguments = parser.parse_args()
    headers = {"X-API-Key": arguments.api_key} if arguments.api_key else {}
    with httpx.Client(base_url=arguments.url, headers=headers, timeout=60) as client:
        print_settings(client)
        ids = [track["id"] for track in fetch(client, Call("tracks", "/v1/tracks", {"limit": 1000}))["tracks"]]
        calls = mixed(ids)
        floor = [Call("healthz", "/healthz")] * QUERIES
        print(f"{'':24}{'n':>5}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
        for clients in (1, CLIENTS):
            measure(client, floor, clients)
            measure(client, list(itertools.islice(calls, QUERIES)), clients)


def print_settings(client: httpx.Client) -> None:
    stats = fetch(client, Call("stats", "/v1/stats"))
    print(f"profile {stats['profile']}, {stats['tracks']} tracks, {stats['hours']:.1f} h, vectors {stats['stems']}")
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, {LIMIT} hits a query, seed {SEED}")


def mixed(ids: Sequence[str]) -> Iterator[Call]:
    """Half texts, a quarter texts within a filter, a quarter similar tracks (none in an empty library)."""
    texts = distinct_texts()
    filters = itertools.cycle(FILTERS)
    chooser = random.Random(SEED)
    while True:
        yield Call("text", "/v1/search", {"q": next(texts), "limit": LIMIT})
        yield Call("text in a filter", "/v1/search", {"q": next(texts), "limit": LIMIT, "where": next(filters)})
        yield Call("text", "/v1/search", {"q": next(texts), "limit": LIMIT})
        if ids:
            yield Call("similar track", f"/v1/tracks/{chooser.choice(ids)}/similar", {"limit": LIMIT})


def distinct_texts() -> Iterator[str]:
    """Every pair of things with every kind, a third with the phrase; the languages take turns."""
    chooser = random.Random(SEED)
    by_language = []
    for kinds, things, phrase in WORDS.values():
        pairs = itertools.permutations(things.split(), 2)
        texts = [f"{kind} {a} {b}" for kind, (a, b) in itertools.product(kinds.split(), pairs)]
        by_language.append([f"{text} {phrase}" if n % 3 == 0 else text for n, text in enumerate(texts)])
        chooser.shuffle(by_language[-1])
    for texts in zip(*by_language, strict=True):
        yield from texts


def measure(client: httpx.Client, calls: Sequence[Call], clients: int) -> None:
    """Ask everything from so many threads and print a line for each kind of call."""

    def timed(call: Call) -> float:
        start = time.perf_counter()
        fetch(client, call)
        return (time.perf_counter() - start) * 1000

    with ThreadPoolExecutor(clients) as pool:
        taken = np.array(list(pool.map(timed, calls)))
    kinds = np.array([call.kind for call in calls])
    names = [*dict.fromkeys(kinds.tolist())]
    rows = [(name, taken[kinds == name]) for name in names]
    if len(rows) > 1:
        rows.append(("all", taken))
    for name, row in rows:
        label = f"{clients} x {name}"
        print(f"{label:24}{len(row):5}{np.percentile(row, 50):9.1f}{np.percentile(row, 95):9.1f}{row.max():9.1f}")


def fetch(client: httpx.Client, call: Call) -> dict[str, Any]:
    response = client.get(call.path, params=call.params)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    main()
