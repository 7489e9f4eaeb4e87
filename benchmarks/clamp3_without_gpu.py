"""What CLaMP 3 costs without a GPU: with BS-RoFormer or Spleeter, on whole tracks or quick excerpts, in one run.

    python benchmarks/clamp3_without_gpu.py --spleeter FILE [--seconds 240] [--threads 2]

MERT, which is nearly all of CLaMP 3's work on audio, and BS-RoFormer have their full size and seeded weights, made in a
temporary folder (1 GB); Spleeter has its real ones (spleeter_2stems.safetensors). Each is timed once: MERT on the quick
excerpt of a track made of the demo music, Spleeter on its four passages, BS-RoFormer on one chunk of 8 s. The rest is
counted: windows of MERT, seconds for Spleeter, chunks with the context of each passage, of the mix and two stems.
Processor time is measured, which other processes disturb less than wall time; tracks an hour are those of all threads,
if nothing else uses the cores.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from clamp3 import TEXTS, TOKENIZER
from quick_excerpts import RATE, excerpt, tracks
from seeded_bs_roformer import VOCALS, save_vocals
from seeded_clamp3 import TINY, save_checkpoint, save_mert, save_tokenizer

from models.bs_roformer.separator import BSRoformerSeparator, Options
from models.clamp3.checkpoint import OFFICIAL
from models.clamp3.clamp3 import Clamp3
from models.clamp3.mert import WINDOW_SECONDS
from models.clamp3.quick import EXCERPT_SECONDS, choose_passages
from models.embedder import Passage
from models.overlap_add import Chunks
from models.passages import separate_passages
from models.separator import AUTO, SAMPLE_RATE, Separator
from models.starter.spleeter import Spleeter
from polymuse.cpu import usable_cores

CHUNK_SECONDS = 8
STEMS = ("vocals", "instrumental")


def main() -> None:
    parser = argparse.ArgumentParser(description="What CLaMP 3 costs without a GPU.")
    parser.add_argument("--spleeter", type=Path, required=True, help="spleeter_2stems.safetensors")
    parser.add_argument("--seconds", type=int, default=240, help="of the track that is counted for")
    parser.add_argument("--threads", type=int, default=usable_cores())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> None:
    print(f"{platform.machine()}, {options.threads} threads, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    [track] = tracks(1, 180, seed=1)
    whole, quick = [Passage(0.0, options.seconds)], choose_passages(options.seconds)

    network = load_clamp3(folder)
    minute = excerpt(track)
    a_minute = processor_seconds(lambda: network.mert_rows(minute, RATE))
    print(f"MERT, {EXCERPT_SECONDS} s of audio: {a_minute:.1f} s", flush=True)

    spleeter = Spleeter.load(options.spleeter)
    passages = choose_passages(track.shape[1] / RATE)
    four = processor_seconds(lambda: list(separate_passages(spleeter, [track], [passages])))
    per_second = four / separated_seconds(spleeter, passages, track.shape[1] / RATE)
    print(f"Spleeter, the passages with their context: {four:.1f} s", flush=True)

    checkpoint, config = save_vocals(folder / "vocals", VOCALS)
    fastest = Options(precision=AUTO)
    roformer = BSRoformerSeparator.load(checkpoint, config, "cpu", stems=STEMS, options=fastest)
    a_chunk = processor_seconds(lambda: roformer.forward(track[None, :, : CHUNK_SECONDS * RATE]))
    counts = {"full": chunks(roformer, whole, options.seconds), "quick": chunks(roformer, quick, options.seconds)}
    print(
        f"BS-RoFormer, a chunk of {CHUNK_SECONDS} s: {a_chunk:.1f} s; {counts['full']} for the track, {counts['quick']}"
    )
    print(f"for its passages. A track of {options.seconds} s, in processor seconds:", flush=True)

    windows = {"full": options.seconds / WINDOW_SECONDS, "quick": EXCERPT_SECONDS / WINDOW_SECONDS}
    a_window = a_minute / windows["quick"]
    separations = {
        "bs_roformer": {kind: a_chunk * count for kind, count in counts.items()},
        "spleeter": {
            kind: per_second * separated_seconds(spleeter, passages, options.seconds)
            for kind, passages in (("full", whole), ("quick", quick))
        },
        "none": {"full": 0.0, "quick": 0.0},
    }
    print(f"{'separator':<14}{'excerpts':<10}{'separate':>10}{'embed':>8}{'sum':>8}{'tracks/h':>10}")
    for name, seconds in separations.items():
        for kind in counts:
            embedding = a_window * windows[kind] * (1 if name == "none" else 1 + len(STEMS))
            total = seconds[kind] + embedding
            hourly = 3600 * options.threads / total
            print(f"{name:<14}{kind:<10}{seconds[kind]:>10.1f}{embedding:>8.1f}{total:>8.1f}{hourly:>10.1f}")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def load_clamp3(folder: Path) -> Clamp3:
    """With MERT in full size. The towers are tiny and not run."""
    save_mert(folder / "mert", OFFICIAL)
    save_checkpoint(folder / "clamp3.pth", TINY)
    save_tokenizer(folder / TOKENIZER, TINY["text"].vocabulary, TEXTS)
    return Clamp3.load(folder / "clamp3.pth", folder / "mert", folder / TOKENIZER, precision=AUTO)


def processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def pieces(separator: Separator, passages: Sequence[Passage], seconds: float) -> list[float]:
    """Seconds of each passage with the context that it is separated with."""
    context = separator.context
    return [min(seconds, p.end + context) - max(0.0, p.start - context) for p in passages]


def separated_seconds(separator: Separator, passages: Sequence[Passage], seconds: float) -> float:
    return sum(pieces(separator, passages, seconds))


def chunks(separator: BSRoformerSeparator, passages: Sequence[Passage], seconds: float) -> int:
    lengths = (round(piece * SAMPLE_RATE) for piece in pieces(separator, passages, seconds))
    return sum(len(Chunks(length, CHUNK_SECONDS * SAMPLE_RATE, separator.overlap).starts) for length in lengths)


if __name__ == "__main__":
    main()
