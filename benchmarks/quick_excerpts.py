"""Quick excerpts of CLaMP 3 against whole tracks: cosines, recall and rank correlation, and the time of each.

    python benchmarks/quick_excerpts.py [--tracks 40] [--seconds 200] [--size reduced] [--seed 1]

Tracks are made of the demo music: three pieces each, in the order A B A B C B, with a fade at each joint. Weights are
random, in the tiny, reduced or full size, and say little about quality. On real weights, with your own tracks:
`models.clamp3.quick.agreement`.

Other passages that are a minute in all are compared by the MERT rows of the whole tracks: 12 of 5 s and 6 of 10 s.
"""

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from clamp3 import TEXTS, TOKENIZER
from seeded_clamp3 import REDUCED, TINY, save_checkpoint, save_mert, save_tokenizer
from torch import Tensor

from models.audio.decode import decode
from models.clamp3.checkpoint import OFFICIAL
from models.clamp3.clamp3 import Clamp3
from models.clamp3.mert import WINDOW_SECONDS
from models.clamp3.quick import EXCERPT_SECONDS, Agreement, choose_passages, compare

SIZES = {"tiny": TINY, "reduced": REDUCED, "full": OFFICIAL}
RATE = 44_100  # Hz
FADE = RATE // 2  # samples
ORDER = (0, 1, 0, 1, 2, 1)
DEMO = Path(__file__).parents[1] / "data" / "demo"
LENGTHS = (1, 2, 3)  # rows of a passage; there are 12, 6 and 4 of them


def main() -> None:
    parser = argparse.ArgumentParser(description="Quick excerpts against whole tracks.")
    parser.add_argument("--tracks", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=200, help="of each track")
    parser.add_argument("--size", choices=SIZES, default="reduced")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    print(f"{options.tracks} tracks of {options.seconds} s, random weights, {options.size} size")
    with tempfile.TemporaryDirectory() as folder:
        measure(load(SIZES[options.size], Path(folder)), options)


def load(sizes: dict, folder: Path) -> Clamp3:
    save_mert(folder / "mert", sizes)
    save_checkpoint(folder / "clamp3.pth", sizes)
    save_tokenizer(folder / TOKENIZER, sizes["text"].vocabulary, TEXTS)
    return Clamp3.load(folder / "clamp3.pth", folder / "mert", folder / TOKENIZER)


def measure(network: Clamp3, options: argparse.Namespace) -> None:
    whole, quick = [], []
    by_rows: dict[int, list[np.ndarray]] = {length: [] for length in LENGTHS}
    seconds = {"whole tracks": 0.0, "quick excerpts": 0.0}
    for track in tracks(options.tracks, options.seconds, options.seed):
        started = time.perf_counter()
        rows = network.mert_rows(track, RATE)
        whole.append(network.embed_rows(rows).numpy())
        seconds["whole tracks"] += time.perf_counter() - started
        for length, vectors in by_rows.items():
            vectors.append(network.embed_rows(rows[spread(len(rows), length)]).numpy())
        started = time.perf_counter()
        quick.append(network.embed_audio(excerpt(track), RATE).numpy())
        seconds["quick excerpts"] += time.perf_counter() - started
    for name, taken in seconds.items():
        print(f"{name}: {taken:.1f} s, {3600 * options.tracks / taken:.0f} tracks an hour, their mixes alone")
    show("quick excerpts", compare(np.stack(whole), np.stack(quick)))
    for length, vectors in by_rows.items():
        passages = EXCERPT_SECONDS // (length * WINDOW_SECONDS)
        show(f"rows of {passages} x {length * WINDOW_SECONDS} s", compare(np.stack(whole), np.stack(vectors)))


def show(name: str, found: Agreement) -> None:
    print(
        f"{name}: cosine to the whole track {found.mean_cosine:.4f} (worst {found.worst_cosine:.4f}), "
        f"recall@{found.nearest} {found.recall:.3f}, Spearman {found.rank_correlation:.3f}"
    )


def tracks(count: int, seconds: int, seed: int) -> Iterator[Tensor]:
    """[2, N] at RATE each."""
    paths = sorted(DEMO.glob("*.opus"))
    pieces = [torch.from_numpy(decode(path, max_seconds=60.0, sample_rate=RATE).samples) for path in paths]
    chosen = random.Random(seed)
    for _ in range(count):
        parts = chosen.sample(pieces, 3)
        joined = torch.cat([faded(parts[part]) for part in ORDER], dim=1)
        yield joined[:, : seconds * RATE]


def faded(piece: Tensor) -> Tensor:
    ramp = torch.linspace(0, 1, FADE)
    gain = torch.cat([ramp, torch.ones(piece.shape[1] - 2 * FADE), ramp.flip(0)])
    return piece * gain


def excerpt(track: Tensor) -> Tensor:
    passages = choose_passages(track.shape[1] / RATE)
    return torch.cat([track[:, round(p.start * RATE) : round(p.end * RATE)] for p in passages], dim=1)


def spread(rows: int, length: int) -> list[int]:
    """The rows of evenly spread passages of so many rows, a minute in all."""
    passages = EXCERPT_SECONDS // (length * WINDOW_SECONDS)
    gap = (rows - passages * length) / (passages + 1)
    starts = [int(gap * (n + 1)) + n * length for n in range(passages)]
    return [start + offset for start in starts for offset in range(length)]


if __name__ == "__main__":
    main()
