"""BS-RoFormer at full size: our network against the package `bs-roformer` on the same weights, device and audio.

    python benchmarks/separation.py [--device auto] [--depth 12] [--rounds 3] [--threads N] …

The weights are seeded, with the sizes of the vocal checkpoint ep_317: speed and precision depend on the sizes, not on
the training. `package` is the package's forward; `autocast` is the same under half-precision autocast. Rows alternate,
`--rounds` times, and the fastest time of each counts; on a busy machine CPU time is more reliable than wall time. SNR
is against the package in float32. The floor is the arithmetic of the products over the rate at which this device
multiplies matrices of the network's most common shape, in the row's precision.

A plain loop over a track costs ceil(length / step) chunks; ours skips those that do not contribute to the result.
`x real time` counts the chunks of three minutes at overlap 2 and 4 for each row.
"""

import argparse
import platform
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from peers import installed
from seeded_bs_roformer import SAMPLE_RATE, VOCALS
from torch import Tensor

from models.bs_roformer.checkpoint import build_module
from models.bs_roformer.config import NetworkConfig
from models.bs_roformer.cost import bytes_per_chunk, flops_per_chunk, parameters
from models.bs_roformer.network import Network
from models.overlap_add import Chunks
from models.runtime.device import choose_device

TRACK = 180 * SAMPLE_RATE  # samples
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass
class Row:
    name: str
    precision: str
    batch: int
    forward: Callable[[Tensor], Tensor]  # [B, 2, T] -> [B, 1, 2, T]
    ours: bool
    wall: float = float("inf")  # seconds a chunk
    processor: float = float("inf")
    snr: float = 0.0  # dB
    peak: int = 0  # bytes on the device


def main() -> None:
    arguments = _arguments()
    if not installed("bs_roformer"):
        return
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    warnings.simplefilter("ignore")  # the package uses deprecated calls for attention kernels and autocast
    device = choose_device(arguments.device)
    config = replace(VOCALS, dim=arguments.dim, depth=arguments.depth)
    samples = round(arguments.seconds * SAMPLE_RATE)
    torch.manual_seed(0)
    module = build_module(config).to(device)
    batches = [arguments.batch] if arguments.batch else [1] if device.type == "cpu" else [1, 4, 8]
    audio = 0.1 * torch.randn(max(batches), 2, samples, device=device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    print(f"device {device} ({name}), {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"dim {config.dim}, depth {config.depth}, chunk {arguments.seconds} s, rounds {arguments.rounds}")
    print(f"{flops_per_chunk(config, samples) / 1e12:.3f} TFLOP a chunk")
    rows = [row for batch in batches for row in _rows(module, config, device, batch)]
    measure(rows, audio, arguments.rounds)
    floors = {row.precision: _floor(config, samples, device, row.precision, arguments.rounds) for row in rows}
    _print(rows, floors, config, samples)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time BS-RoFormer against its package.")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a chunk")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--batch", type=int, help="chunks at once, instead of 1 (CPU) or 1, 4 and 8 (GPU)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def _rows(module: torch.nn.Module, config: NetworkConfig, device: torch.device, batch: int) -> list[Row]:
    half = "float16" if device.type == "cuda" else "bfloat16"
    rows = [
        Row("package", "float32", batch, lambda audio: module(audio)[:, None], ours=False),
        Row("ours", "float32", batch, Network(module.state_dict(), config, [0], device), ours=True),
    ]
    if device.type == "cuda":  # on a CPU, the package has no half precision: complex bfloat16 does not exist
        rows.append(Row("package, autocast", half, batch, _autocast(module), ours=False))
        rows.append(
            Row("ours", "float16", batch, Network(module.state_dict(), config, [0], device, torch.float16), ours=True)
        )
    rows.append(
        Row("ours", "bfloat16", batch, Network(module.state_dict(), config, [0], device, torch.bfloat16), ours=True)
    )
    return rows


def _autocast(module: torch.nn.Module) -> Callable[[Tensor], Tensor]:
    def forward(audio: Tensor) -> Tensor:
        with torch.autocast("cuda", torch.float16):
            return module(audio)[:, None]

    return forward


@torch.inference_mode()
def measure(rows: list[Row], audio: Tensor, rounds: int) -> None:
    """Fill in the results of all rows; the first row is the reference."""
    exact = None
    for turn in range(rounds + (audio.device.type == "cuda")):  # the first turn on a GPU is a warm-up
        for row in rows:
            wall, processor, peak, output = timed(row.forward, audio[: row.batch])
            exact = output[:1] if exact is None else exact
            row.snr = _snr(exact, output[:1, ..., : exact.shape[-1]])
            row.peak = peak
            if turn or audio.device.type != "cuda":
                row.wall = min(row.wall, wall / row.batch)
                row.processor = min(row.processor, processor / row.batch)


def timed(forward: Callable[[Tensor], Tensor], audio: Tensor) -> tuple[float, float, int, Tensor]:
    """Wall time and CPU time in seconds, peak bytes, and the output."""
    on_gpu = audio.device.type == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
    wall, processor = time.perf_counter(), time.process_time()
    output = forward(audio)
    if on_gpu:
        torch.cuda.synchronize()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return wall, processor, torch.cuda.max_memory_allocated() if on_gpu else resident, output


def _floor(config: NetworkConfig, samples: int, device: torch.device, precision: str, rounds: int) -> float:
    """Wall time per chunk in seconds if all its arithmetic ran as fast as its most common product."""
    rows, dtype = 4096 if device.type == "cpu" else 65_536, PRECISIONS[precision]
    x = torch.randn(rows, config.dim, device=device, dtype=dtype)
    weight = torch.randn(4 * config.dim, config.dim, device=device, dtype=dtype)
    seconds = min(timed(lambda x: torch.nn.functional.linear(x, weight), x)[0] for _ in range(5 * rounds))
    return flops_per_chunk(config, samples) * seconds / (2 * x.numel() * len(weight))


def _snr(exact: Tensor, output: Tensor) -> float:
    return float(10 * torch.log10(exact.square().sum() / (exact - output).square().sum()))


def _print(rows: list[Row], floors: dict[str, float], config: NetworkConfig, samples: int) -> None:
    print(
        f"\n{'network':<20}{'precision':<10}{'batch':>6}{'ms wall':>10}{'ms proc':>10}{'x package':>11}{'x (proc)':>10}"
        f"{'SNR dB':>9}{'floor ms':>10}{'x floor':>9}{'x real time, overlap 2, 4':>28}"
    )
    package = next(row for row in rows if not row.ours)
    for row in rows:
        floor = floors[row.precision]
        speeds = [TRACK / SAMPLE_RATE / (_chunks(row, samples, overlap) * row.wall) for overlap in (2, 4)]
        print(
            f"{row.name:<20}{row.precision:<10}{row.batch:>6}{1000 * row.wall:>10.1f}{1000 * row.processor:>10.1f}"
            f"{package.wall / row.wall:>11.2f}{package.processor / row.processor:>10.2f}{row.snr:>9.1f}"
            f"{1000 * floor:>10.1f}{row.wall / floor:>9.2f}{speeds[0]:>20.3f}{speeds[1]:>8.3f}"
        )
    print(
        f"\npeak memory {max(row.peak for row in rows) / 2**20:.0f} MiB (on a CPU: of the process, all rows together)"
    )
    for row in rows:
        if row.ours:
            size = PRECISIONS[row.precision].itemsize
            needed = parameters(config) * size + row.batch * bytes_per_chunk(config, samples, size)
            print(f"estimate for {row.precision}, batch {row.batch}, untiled: {needed / 2**20:.0f} MiB")


def _chunks(row: Row, samples: int, overlap: int) -> int:
    plan = Chunks(TRACK, samples, overlap)
    return len(plan.starts) if row.ours else -(-plan.padded // plan.step)


if __name__ == "__main__":
    main()
