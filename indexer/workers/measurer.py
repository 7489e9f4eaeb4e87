"""Decode files and measure tempo, key, loudness and energy in worker processes, without any network."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from indexer.scan import AudioFile
from indexer.workers.backend import worker_memory
from polymuse.errors import BadAudioError
from polymuse.music import Measurements
from polymuse.pool import Pool

MIN_SECONDS = 600.0  # lower bound of the time limit of a file
MIN_SPEED = 6  # times real time, far below a busy machine; slower means that the decoder hangs
AHEAD = 2  # queued files per process


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a file."""

    values: Measurements
    seconds: float  # of audio
    work: float  # seconds that it took


class Measurer:
    """Measures files in `jobs` processes, the first `max_seconds` of each."""

    def __init__(self, jobs: int, max_seconds: float, *, background: bool = False) -> None:
        """`background`: the processes have the lowest priority."""
        self._jobs = jobs
        self._max_seconds = max_seconds
        self._pool = Pool(jobs, _start, memory=worker_memory(jobs), background=background)

    def measure(
        self, files: Iterable[AudioFile], halted: Callable[[], bool]
    ) -> Iterator[tuple[AudioFile, Measured | BadAudioError]]:
        """Each file with its measurements, or an error if it cannot be decoded, in order of completion."""
        limit = max(MIN_SECONDS, self._max_seconds / MIN_SPEED)
        work = partial(_measure, max_seconds=self._max_seconds)
        return self._pool.imap_unordered(work, files, ahead=AHEAD * self._jobs, timeout=limit, halted=halted)

    def release(self) -> None:
        """End the processes; the next file starts them again."""
        self._pool.close()


def _start() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is first imported: each process has its core


def _measure(file: AudioFile, max_seconds: float) -> Measured:
    from models.audio.decode import decode_music
    from models.measuring import measure

    started = time.perf_counter()
    decoded = decode_music(file.path, max_seconds)
    values = measure(decoded.samples, decoded.sample_rate)
    return Measured(values, decoded.seconds, time.perf_counter() - started)
