"""What CLaMP 3 costs without a GPU: with BS-RoFormer or Spleeter, on whole tracks or quick excerpts, in one run.

    python benchmarks/clamp3_without_gpu.py --spleeter FILE [--home DIR] [--seconds 240] [--threads 2]

A track made of the demo music is separated and embedded as `polymuse index` does it, with each combination. The
weights of CLaMP 3 and BS-RoFormer are seeded, in full size, made in DIR on the first run (a few minutes, 7 GB; see
seeded_home.py); those of Spleeter are real (spleeter_2stems.safetensors). BS-RoFormer is timed on one chunk of 8 s and
counted for as many as the track or its passages take: a whole track would take an hour. Processor time is measured,
which other processes disturb less than wall time; tracks an hour are those of all cores, if nothing else uses them.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from quick_excerpts import RATE, tracks
from seeded_home import GEOMETRIES, SOURCES, make_home
from torch import Tensor

from models.bs_roformer import BSRoformerSeparator
from models.embedder import Embedder
from models.overlap_add import Chunks
from models.passages import separate_passages
from models.profiles import load_embedder
from models.separator import SAMPLE_RATE, Separator
from models.starter.spleeter import Spleeter
from models.weights.store import WeightStore
from polymuse.cpu import usable_cores
from polymuse.excerpts import FULL, QUICK

STEMS = ("vocals", "instrumental")


def main() -> None:
    parser = argparse.ArgumentParser(description="What CLaMP 3 costs without a GPU.")
    parser.add_argument("--spleeter", type=Path, required=True, help="spleeter_2stems.safetensors")
    parser.add_argument("--home", type=Path, help="keeps the seeded weights for the next run")
    parser.add_argument("--seconds", type=int, default=240, help="of the track")
    parser.add_argument("--threads", type=int, default=usable_cores())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as temporary:
        measure(options, (options.home or Path(temporary)).absolute())


def measure(options: argparse.Namespace, home: Path) -> None:
    make_home(home, GEOMETRIES["full"])
    print(f"{platform.machine()}, {options.threads} threads, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    [track] = tracks(1, options.seconds, seed=1)
    store = WeightStore(home / "models")
    embedders = {kind: load_embedder("clamp3", store, "cpu", kind) for kind in (FULL, QUICK)}
    embedding = {kind: processor_seconds(lambda each=each: embed(each, track)) for kind, each in embedders.items()}
    spleeter = Spleeter.load(options.spleeter)
    by_spleeter = {
        kind: processor_seconds(lambda each=each: separate(spleeter, each, track)) for kind, each in embedders.items()
    }
    checkpoint, config = (home / SOURCES / "vocals" / f"seeded.{suffix}" for suffix in ("ckpt", "yaml"))
    roformer = BSRoformerSeparator.load(checkpoint, config, "cpu", stems=STEMS)
    chunk = track[None, :, : 8 * RATE]
    a_chunk = processor_seconds(lambda: roformer.forward(chunk))
    chunks = {kind: sum(chunk_counts(roformer, each, track)) for kind, each in embedders.items()}
    print(f"a chunk of BS-RoFormer: {a_chunk:.1f} s; a track of {options.seconds} s takes {chunks[FULL]} chunks, its")
    print(f"passages {chunks[QUICK]}. Processor seconds a track, and tracks an hour on {options.threads} cores:")
    print(f"{'separator':<14}{'excerpts':<10}{'separate':>10}{'embed':>8}{'sum':>8}{'tracks/h':>10}")
    for name, seconds in {
        "bs_roformer": {kind: a_chunk * count for kind, count in chunks.items()},
        "spleeter": by_spleeter,
        "none": dict.fromkeys(chunks, 0.0),
    }.items():
        for kind in (FULL, QUICK):
            waveforms = 3 if seconds[kind] else 1  # the mix, and two stems
            embed_all = embedding[kind] * waveforms
            total = seconds[kind] + embed_all
            hourly = 3600 * options.threads / total
            print(f"{name:<14}{kind:<10}{seconds[kind]:>10.1f}{embed_all:>8.1f}{total:>8.1f}{hourly:>10.1f}")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def embed(embedder: Embedder, track: Tensor) -> None:
    embedder.embed_audio([track], SAMPLE_RATE)


def separate(separator: Separator, embedder: Embedder, track: Tensor) -> None:
    passages = embedder.passages(track.shape[1] / SAMPLE_RATE)
    for _ in separate_passages(separator, [track], [passages]):
        pass


def chunk_counts(separator: BSRoformerSeparator, embedder: Embedder, track: Tensor) -> list[int]:
    """Chunks of each passage with its context."""
    length, chunk = track.shape[1], 8 * SAMPLE_RATE
    context = round(separator.context * SAMPLE_RATE)
    counts = []
    for passage in embedder.passages(length / SAMPLE_RATE):
        left = max(0, round(passage.start * SAMPLE_RATE) - context)
        right = min(length, round(passage.end * SAMPLE_RATE) + context)
        counts.append(len(Chunks(right - left, chunk, separator.overlap).starts))
    return counts


if __name__ == "__main__":
    main()
