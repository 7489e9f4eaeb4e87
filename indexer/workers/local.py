"""Which layout suits this machine.

On a CPU (`indexer.workers.cpu_workers`) whole tracks are analysed in parallel worker processes, each with its own
networks. Every core has work, nothing is handed over, and a crash costs one track. The layout for GPUs
(`indexer.workers.gpu_workers`) would not make it faster. Separation is nine tenths of the work and keeps all cores
busy, so there is little to overlap with it, and batches gain next to nothing: measured in processor time, a window of
MERT in full size took 0.83 s alone and 0.79 s among four, and four clips with stems (reduced networks of
benchmarks/indexing.py) took 87 s in workers and 84 s in stages.
"""

import os

from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.gpu_workers import GpuWorkers
from models.profiles import AUTO, PROFILES
from models.recipe import Recipe
from polymuse.cpu import usable_cores

DECODERS = 4  # processes for each GPU, unless --jobs says otherwise


def open_backend(recipe: Recipe, jobs: int | None, todo: int) -> CpuWorkers | GpuWorkers:
    """The layout that suits the profile and this machine, for so many tracks."""
    devices = accelerators(recipe.profile, recipe.device)
    most = DECODERS * len(devices) if devices else PROFILES[recipe.profile].jobs
    jobs = max(1, min(jobs or min(most, usable_cores()), todo))
    return GpuWorkers(recipe, jobs, devices) if devices else CpuWorkers(recipe, jobs)


def accelerators(profile: str, device: str = AUTO) -> tuple[str, ...]:
    """What CUDA calls each GPU that the networks of a profile are to use; none for those that only know the CPU.

    The devices "auto" and "cuda" are all of them, "cuda:1" is the second that is visible.
    """
    kind, _, number = device.partition(":")
    if not PROFILES[profile].accelerated or kind not in (AUTO, "cuda"):
        return ()
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    numbers = [int(number)] if number else range(torch.cuda.device_count())
    return tuple(visible[n] if n < len(visible) and visible[n] else str(n) for n in numbers)
