"""How a run is laid out over processes, and the layout for GPUs.

**On a CPU** (`indexer.workers.workers`): whole tracks in parallel worker processes, each with its own networks. Every
core has
work, nothing is handed over, and a crash costs one track. The other layout would not make it faster. Separation is nine
tenths of the work and keeps all cores busy, so there is little to overlap with it, and batches gain next to nothing:
measured in processor time, a window of MERT in full size took 0.83 s alone and 0.79 s among four, and four clips with
stems (reduced networks of benchmarks/indexing.py) took 87 s in workers and 84 s in stages.

**On GPUs** (this module): decoding runs in worker processes, and one process for each GPU owns the networks:

    files -> identify, decode (--jobs processes) -> audio in mapped files -> networks (one process a GPU) -> catalog

The networks load while the first tracks are decoded. In their process four stages overlap and batch across tracks
(`indexer.workers.gpu_stages`). This process, the only one that knows the catalog, keeps IN_FLIGHT tracks under way for
each GPU,
and no more than HANDOVER_BYTES of audio: a decoder waits while the GPUs have enough to do. All of it also runs on a
CPU, which is how it is tested.

A decoder that crashes or hangs costs its track. When a process with networks dies, a new one takes up the tracks that
it had; dies that one as well, each of them is tried by itself, and the one that kills its process alone is a failure.
They are tried by themselves at once where the process was ended for the memory that it took.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.jobs import Job
from indexer.stopping import Stop
from indexer.workers.gpu_process import NetworkProcess
from indexer.workers.shared_audio import Handover, hand_over, handover_directory
from indexer.workers.stage_times import STORE, Lane
from indexer.workers.workers import IDENTIFY_SECONDS, Workers, outcome, worker_memory
from models.analysis import Analysis
from models.profiles import AUTO, PROFILES
from models.recipe import Recipe
from polymuse.cpu import usable_cores
from polymuse.errors import BadAudioError
from polymuse.pool import wait_for

IN_FLIGHT = 12  # tracks for each process with networks: a group in work, one that waits and one on its way out
HANDOVER_BYTES = 2 * 2**30  # of decoded audio that may lie ready: 25 tracks of four minutes
DECODING_SPEED = 6  # times real time, by far the slowest on a busy machine; a file that is slower hangs the decoder
DECODERS = 4  # processes for each GPU, unless --jobs says otherwise


def open_workers(recipe: Recipe, jobs: int | None, todo: int, stop: Stop) -> Workers:
    """The layout that suits the profile and this machine, for so many tracks."""
    devices = accelerators(recipe.profile, recipe.device)
    most = DECODERS * len(devices) if devices else PROFILES[recipe.profile].jobs
    jobs = max(1, min(jobs or min(most, usable_cores()), todo))
    return Pipeline(recipe, jobs, devices, stop) if devices else Workers(recipe, jobs, stop)


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


class Pipeline(Workers):
    """Workers that decode, and a process with networks for each device; "" is the CPU."""

    def __init__(self, recipe: Recipe, jobs: int, devices: Sequence[str], stop: Stop | None = None) -> None:
        super().__init__(recipe, jobs, stop)
        self.devices = tuple(devices)
        memory = worker_memory(2 * len(devices))  # half of all; decoders seldom come near what they may take
        self._networks = [NetworkProcess(recipe, device, memory) for device in devices]
        self._recipe = recipe
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.directory = self._stack.enter_context(handover_directory())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._stack.close()

    def rest(self) -> None:
        for networks in self._networks:
            networks.rest()
        super().rest()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What works side by side. The stages in a process with networks overlap, so each is a lane of its own."""
        devices = len(self.devices)
        networks = [Lane(f"{devices} GPU processes", devices, (stage,)) for stage in ("separate", "embed", "tag")]
        return (Lane(f"{self.jobs} decoders", self.jobs, ("identify", "decode"), "Use more --jobs"), *networks, STORE)

    @property
    def under_way(self) -> int:
        """Tracks that were taken up and are neither settled nor dropped."""
        return len(self._tracks) + sum(len(networks) for networks in self._networks)

    @property
    def room(self) -> int:
        """How many tracks more may be taken up."""
        if sum(networks.bytes for networks in self._networks) > HANDOVER_BYTES:
            return 0
        return max(0, IN_FLIGHT * len(self._networks) + self.jobs - self.under_way)

    def take(self, job: Job) -> None:
        """Take up a track: first it is decoded."""
        limit = max(IDENTIFY_SECONDS, self._recipe.max_seconds / DECODING_SPEED)
        self._tracks[self._pool.submit(_decode, self._order(job), limit)] = job
        for networks in self._networks[: self.under_way]:
            networks.warm_up()

    def settle(self) -> Iterator[tuple[Job, Analysis | BadAudioError]]:
        """The tracks that are done; none after a short while. Those that are decoded go on to the networks."""
        asked = {task: networks for networks in self._networks if (task := networks.ask()) is not None}
        for task in wait_for([self._pool, *(each.pool for each in self._networks)], [*self._tracks, *asked]):
            if task in asked:
                yield from asked[task].settle()
            elif isinstance(decoded := outcome(task), BadAudioError):
                yield self._tracks.pop(task), decoded
            else:
                min(self._networks, key=len).take(self._tracks.pop(task), decoded)

    def _order(self, job: Job) -> "_Order":
        return _Order(job.identified.file.path, self.directory, job.save_stems, self._recipe.max_seconds)


@dataclass(frozen=True, slots=True)
class _Order:
    """A file to decode."""

    source: Path
    directory: Path
    save_stems: Path | None
    max_seconds: float


def _decode(order: _Order) -> Handover:
    return hand_over(order.source, order.directory, order.save_stems, order.max_seconds)
