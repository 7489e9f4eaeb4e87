"""The backend for GPUs: worker processes decode, and one process per GPU runs the networks.

    files -> identify, decode (--jobs processes) -> audio in mapped files -> networks (one process a GPU) -> catalog

The networks load while the first tracks are decoded. In their process four stages overlap and batch across tracks
(`indexer.workers.gpu_stages`). The main process, the only one that opens the catalog, keeps MAX_IN_FLIGHT tracks per
GPU in progress, and at most MAX_SHARED_BYTES of audio: decoders wait while the GPUs are busy. All of this also runs on
a CPU, which the tests use.

Tempo, key, loudness and energy are measured by the decoders; where stems are separated, which help that, beside the
networks.

A decoder that crashes or hangs costs one track. When a process with networks dies, a new one gets its tracks; if that
one dies too, the tracks are retried one by one, and a track that kills its process alone is a failure. If the process
exceeded its memory limit, the tracks are retried one by one right away.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.jobs import Job
from indexer.workers.backend import Result, worker_memory
from indexer.workers.gpu_process import NetworkProcess
from indexer.workers.score_analysis import is_of_score
from indexer.workers.shared_audio import SharedAudio, audio_directory, decode_to_file
from indexer.workers.stage_times import Lane
from models.recipe import Recipe
from polymuse.errors import BadAudioError
from polymuse.pool import Pool, Task, wait_for

MAX_IN_FLIGHT = 12  # tracks per process with networks: one group being processed, one waiting and one finishing
MAX_SHARED_BYTES = 2 * 2**30  # of decoded audio waiting for networks: 25 tracks of four minutes
MIN_DECODING_SPEED = 6  # times real time, far below a busy machine; slower means that the decoder hangs
MIN_SECONDS = 600.0  # lower bound of the time limit for decoding a track


class GpuWorkers:
    """An AnalysisBackend of `jobs` decoders and one process with networks per device; "" is the CPU."""

    def __init__(self, recipe: Recipe, jobs: int, devices: Sequence[str], *, background: bool = False) -> None:
        self.jobs = jobs
        self.devices = tuple(devices)
        self.pool = Pool(jobs, _start_decoder, memory=worker_memory(jobs), background=background)
        self._decoding: dict[Task, Job] = {}
        memory = worker_memory(2 * len(devices))  # half of the total; decoders rarely come near their limit
        self._networks = [NetworkProcess(recipe, device, memory, background=background) for device in devices]
        self._max_seconds = recipe.max_seconds
        self._measures = not recipe.stems  # whether decoders do it
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.directory = self._stack.enter_context(audio_directory())
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._stack.close()

    @property
    def in_progress(self) -> int:
        return len(self._decoding) + sum(len(networks) for networks in self._networks)

    @property
    def free_slots(self) -> int:
        if sum(networks.bytes for networks in self._networks) > MAX_SHARED_BYTES:
            return 0
        return max(0, MAX_IN_FLIGHT * len(self._networks) + self.jobs - self.in_progress)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The stages in a process with networks overlap, so each is a separate lane."""
        devices = len(self.devices)
        here, there = (("measure",), ()) if self._measures else ((), ("measure",))
        stages = (("separate",), ("embed",), (*there, "tag"))
        networks = [Lane(f"{devices} GPU processes", devices, each) for each in stages]
        return (Lane(f"{self.jobs} decoders", self.jobs, ("identify", "decode", *here), "Use more --jobs"), *networks)

    def begin(self, job: Job) -> None:
        """Queue a track for decoding; a score needs none."""
        if is_of_score(job):
            min(self._networks, key=len).begin(job, None)
            return
        limit = max(MIN_SECONDS, self._max_seconds / MIN_DECODING_SPEED)
        self._decoding[self.pool.submit(_decode, self._options(job), limit)] = job
        for networks in self._networks[: self.in_progress]:
            networks.warm_up()

    def finished(self) -> Iterator[tuple[Job, Result]]:
        """Finished tracks, after waiting a short time for some. Decoded tracks are passed to the networks."""
        polled = {task: networks for networks in self._networks if (task := networks.poll()) is not None}
        for task in wait_for([self.pool, *(each.pool for each in self._networks)], [*self._decoding, *polled]):
            if task in polled:
                yield from polled[task].collect()
            elif isinstance(decoded := task.outcome(), BadAudioError):
                yield self._decoding.pop(task), decoded
            else:
                min(self._networks, key=len).begin(self._decoding.pop(task), decoded)

    def drop_waiting(self) -> list[Job]:
        return [self._decoding.pop(task) for task in tuple(self._decoding) if self.pool.withdraw(task)]

    def release(self) -> None:
        for networks in self._networks:
            networks.release()
        self.pool.close()

    def _options(self, job: Job) -> "_DecodeOptions":
        return _DecodeOptions(
            job.identified.file.path, self.directory, job.save_stems, self._max_seconds, self._measures
        )


@dataclass(frozen=True, slots=True)
class _DecodeOptions:
    """A file to decode."""

    source: Path
    directory: Path
    save_stems: Path | None
    max_seconds: float
    measures: bool


def _start_decoder() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is first imported, to measure: each decoder has its core


def _decode(options: _DecodeOptions) -> SharedAudio:
    return decode_to_file(
        options.source, options.directory, options.save_stems, options.max_seconds, measures=options.measures
    )
