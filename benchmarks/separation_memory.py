"""Memory and latency of BS-RoFormer on a long file: a network with ep_317's bands and chunks and seeded weights.

    python benchmarks/separation_memory.py [--minutes 60] [--loud 2] [--dim 16] [--depth 1] [--device cpu] [--overlap 2]
    python benchmarks/separation_memory.py --device cuda --dim 512 --depth 12 --loud 60 [--gpu-share 0.05]

Prints the seconds until the network is loaded and until its first chunk is separated, and the growth of peak resident
memory, which includes the whole mix and stems. `--dim 512 --depth 12` is the full size of ep_317, and `--minutes 0`
ends after the first chunk. After the first `--loud` minutes the file is silent, which takes the same memory and little
time, because the network frees its memory after each chunk. On a GPU its peak is printed as well, and `--gpu-share`
limits the usable part of its memory.
"""

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from seeded_bs_roformer import SAMPLE_RATE, VOCALS, save_vocals

from models.bs_roformer.separator import BSRoformerSeparator

CHUNK = 8 * SAMPLE_RATE


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    if arguments.gpu_share is not None:
        torch.cuda.set_per_process_memory_fraction(arguments.gpu_share)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, config = save_vocals(Path(folder), replace(VOCALS, dim=arguments.dim, depth=arguments.depth))
        base = _resident()
        started, busy = time.perf_counter(), time.process_time()
        separator = BSRoformerSeparator.load(checkpoint, config, arguments.device, arguments.overlap)
        print(f"dim {arguments.dim}, depth {arguments.depth}, {arguments.threads} threads, {arguments.device}")
        print(f"load: {time.perf_counter() - started:.1f} s, of the processor {time.process_time() - busy:.1f} s")
        separator.forward(0.1 * torch.randn(1, 2, CHUNK))
        print(f"to the first chunk: {time.perf_counter() - started:.1f} s, {time.process_time() - busy:.1f} s")
        print(f"peak to there: {_megabytes(_resident() - base)}")
        if arguments.minutes:
            loud, samples = (round(minutes * 60 * SAMPLE_RATE) for minutes in (arguments.loud, arguments.minutes))
            _separate(separator, loud, samples)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure BS-RoFormer's memory on a long file.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--loud", type=float, default=2.0)
    parser.add_argument("--dim", type=int, default=16)
    parser.add_argument("--depth", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--overlap", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gpu-share", type=float)
    return parser.parse_args()


def _separate(separator: BSRoformerSeparator, loud: int, samples: int) -> None:
    mix = torch.full((2, samples), 0.0)
    mix[:, :loud] = 0.1 * torch.randn(2, min(loud, samples), generator=torch.Generator().manual_seed(3))
    before, started, busy = _resident(), time.perf_counter(), time.process_time()
    stems = separator.separate(mix)
    wall, processor = time.perf_counter() - started, time.process_time() - busy
    print(f"{samples / SAMPLE_RATE / 60:.0f} min: {wall:.0f} s, of the processor {processor:.0f} s")
    held = sum(stem.nbytes for stem in stems.values())
    print(
        f"mix {_megabytes(mix.nbytes)}, stems {_megabytes(held)}, peak above the mix {_megabytes(_resident() - before)}"
    )
    if torch.cuda.is_available():
        print(f"peak on the GPU {_megabytes(torch.cuda.max_memory_allocated())}")


def _resident() -> int:
    """Peak resident bytes of the process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _megabytes(count: int) -> str:
    return f"{count / 2**20:.0f} MiB"


if __name__ == "__main__":
    main()
