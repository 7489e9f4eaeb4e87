"""The layout for GPUs: decoding runs in worker processes, and one process for each GPU owns the networks.

    files -> identify, decode (--jobs processes) -> audio in mapped files -> networks (one process a GPU) -> catalog

The networks load while the first tracks are decoded. In their process four stages overlap and batch across tracks
(`indexer.workers.gpu_stages`). The process of the run, the only one that knows the catalog, keeps MAX_IN_FLIGHT tracks
under way for each GPU, and no more than MAX_HANDOVER_BYTES of audio: a decoder waits while the GPUs have enough to do.
All of it also runs on a CPU, which is how it is tested.

A decoder that crashes or hangs costs its track. When a process with networks dies, a new one takes on the tracks that
it had; dies that one as well, each of them is tried by itself, and the one that kills its process alone is a failure.
They are tried by themselves at once where the process was ended for the memory that it took.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.jobs import Job
from indexer.workers.backend import Result, worker_memory
from indexer.workers.gpu_process import NetworkProcess
from indexer.workers.shared_audio import Handover, hand_over, handover_directory
from indexer.workers.stage_times import Lane
from models.recipe import Recipe
from polymuse.errors import BadAudioError
from polymuse.pool import Pool, Task, wait_for

MAX_IN_FLIGHT = 12  # tracks for each process with networks: a group in work, one that waits and one on its way out
MAX_HANDOVER_BYTES = 2 * 2**30  # of decoded audio that may lie ready: 25 tracks of four minutes
MIN_DECODING_SPEED = 6  # times real time, by far the slowest on a busy machine; a file that is slower hangs the decoder
MIN_SECONDS = 600.0  # for decoding a track, however short: a disk that is slower than this hangs


class GpuWorkers:
    """An AnalysisBackend of `jobs` decoders, and a process with networks for each device; "" is the CPU."""

    def __init__(self, recipe: Recipe, jobs: int, devices: Sequence[str]) -> None:
        self.jobs = jobs
        self.devices = tuple(devices)
        self.pool = Pool(jobs, _start_decoder, memory=worker_memory(jobs))
        self._decoding: dict[Task, Job] = {}
        memory = worker_memory(2 * len(devices))  # half of all; decoders seldom come near what they may take
        self._networks = [NetworkProcess(recipe, device, memory) for device in devices]
        self._max_seconds = recipe.max_seconds
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.directory = self._stack.enter_context(handover_directory())
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()
        self._stack.close()

    @property
    def under_way(self) -> int:
        return len(self._decoding) + sum(len(networks) for networks in self._networks)

    @property
    def room(self) -> int:
        if sum(networks.bytes for networks in self._networks) > MAX_HANDOVER_BYTES:
            return 0
        return max(0, MAX_IN_FLIGHT * len(self._networks) + self.jobs - self.under_way)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The stages in a process with networks overlap, so each is a lane of its own."""
        devices = len(self.devices)
        networks = [Lane(f"{devices} GPU processes", devices, (stage,)) for stage in ("separate", "embed", "tag")]
        return (Lane(f"{self.jobs} decoders", self.jobs, ("identify", "decode"), "Use more --jobs"), *networks)

    def begin(self, job: Job) -> None:
        """Take a track on: first it is decoded."""
        limit = max(MIN_SECONDS, self._max_seconds / MIN_DECODING_SPEED)
        self._decoding[self.pool.submit(_decode, self._order(job), limit)] = job
        for networks in self._networks[: self.under_way]:
            networks.warm_up()

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """The tracks that are done; none after a short while. Those that are decoded go on to the networks."""
        asked = {task: networks for networks in self._networks if (task := networks.ask()) is not None}
        for task in wait_for([self.pool, *(each.pool for each in self._networks)], [*self._decoding, *asked]):
            if task in asked:
                yield from asked[task].collect()
            elif isinstance(decoded := task.outcome(), BadAudioError):
                yield self._decoding.pop(task), decoded
            else:
                min(self._networks, key=len).begin(self._decoding.pop(task), decoded)

    def drop_waiting(self) -> list[Job]:
        return [self._decoding.pop(task) for task in tuple(self._decoding) if self.pool.withdraw(task)]

    def rest(self) -> None:
        for networks in self._networks:
            networks.rest()
        self.pool.close()

    def _order(self, job: Job) -> "_Order":
        return _Order(job.identified.file.path, self.directory, job.save_stems, self._max_seconds)


@dataclass(frozen=True, slots=True)
class _Order:
    """A file to decode."""

    source: Path
    directory: Path
    save_stems: Path | None
    max_seconds: float


def _start_decoder() -> None:
    """All that a process must do before its first file."""


def _decode(order: _Order) -> Handover:
    return hand_over(order.source, order.directory, order.save_stems, order.max_seconds)
