"""Choose the backend for this machine.

On a CPU (`indexer.workers.cpu_workers`) whole tracks are analysed in parallel worker processes, each with its own
networks. All cores are busy, no audio is passed between processes, and a crash costs one track. The GPU backend
(`indexer.workers.gpu_workers`) would not be faster there. Separation is nine tenths of the work and keeps all cores
busy, so there is little to overlap with it, and batching gains almost nothing: in processor time, a window of
MERT in full size took 0.83 s alone and 0.79 s among four, and four clips with stems (reduced networks of
benchmarks/indexing.py) took 87 s in workers and 84 s in stages.
"""

import os

from indexer.workers.backend import MEMORY_SHARE
from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from models.profiles import AUTO, PROFILES
from models.recipe import Recipe
from polymuse.cpu import usable_cores
from polymuse.memory import total_memory

DECODERS = 4  # processes per GPU, unless --jobs is given
WORKER_MEMORY = 1.25 * 2**30  # bytes that a CPU worker of the profile starter takes for a file of 15 minutes


def open_backend(recipe: Recipe, jobs: int | None, todo: int, *, background: bool = False) -> CpuWorkers | GpuWorkers:
    """The backend for a profile on this machine, with at most `todo` processes.

    `background`: they have the lowest priority.
    """
    devices = accelerators(recipe.profile, recipe.device)
    default = DECODERS * len(devices) if devices else fitting(_jobs(recipe), total_memory())
    jobs = max(1, min(jobs or min(default, usable_cores()), todo))
    if devices:
        return GpuWorkers(recipe, jobs, devices, background=background)
    return CpuWorkers(recipe, jobs, background=background)


def _jobs(recipe: Recipe) -> int:
    """The default number of workers: each loads the networks, and a large separator keeps every core busy."""
    jobs = PROFILES[recipe.profile].jobs
    most = PROFILES[recipe.profile].choose_separator(recipe.separation).jobs if recipe.stems else None
    return jobs if most is None else min(jobs, most)


def fitting(jobs: int, memory: int | None) -> int:
    """At most as many workers as fit into `memory` bytes of this machine or its container; None if that is unknown."""
    return jobs if memory is None else max(1, min(jobs, int(MEMORY_SHARE * memory / WORKER_MEMORY)))


def accelerators(profile: str, device: str = AUTO) -> tuple[str, ...]:
    """CUDA names of the GPUs that the networks of a profile use; empty for profiles that only run on the CPU.

    The devices "auto" and "cuda" select all GPUs, "cuda:1" the second visible one.
    """
    kind, _, number = device.partition(":")
    if not PROFILES[profile].accelerated or kind not in (AUTO, "cuda"):
        return ()
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    numbers = [int(number)] if number else range(torch.cuda.device_count())
    return tuple(visible[n] if n < len(visible) and visible[n] else str(n) for n in numbers)
