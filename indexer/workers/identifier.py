"""Files -> which track each holds, and what its tags say: read by processes, as a damaged file may crash a parser."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Self

from indexer.file_tags import read_tags
from indexer.identity import track_id
from indexer.jobs import Identified
from indexer.scan import AudioFile
from indexer.workers.backend import worker_memory
from indexer.workers.stage_times import Lane
from polymuse.errors import BadAudioError
from polymuse.pool import Pool

MAX_IDENTIFY_SECONDS = 600.0  # reading the packets of one file; a disk that is slower than this hangs
AHEAD = 4  # files under way for each process


class Identifier:
    """Identifies files in the processes of a pool."""

    def __init__(self, pool: Pool, jobs: int, lanes: tuple[Lane, ...] = ()) -> None:
        """`jobs`: processes of the pool. `lanes`: none where the pool is that of a backend, which names its own."""
        self.lanes = lanes
        self._pool = pool
        self._jobs = jobs

    @classmethod
    def alone(cls, jobs: int) -> Self:
        """With a pool of its own."""
        lane = Lane(f"{jobs} processes here", jobs, ("identify",))
        return cls(Pool(jobs, _nothing, memory=worker_memory(jobs)), jobs, (lane,))

    def identify(
        self, files: Iterable[AudioFile], halted: Callable[[], bool]
    ) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity, or with what is wrong with it, in order of completion."""
        ahead = AHEAD * self._jobs
        return self._pool.imap_unordered(_identify, files, ahead=ahead, limit=MAX_IDENTIFY_SECONDS, halted=halted)

    def rest(self) -> None:
        """End the processes; the next file starts them again."""
        self._pool.close()


def _nothing() -> None:
    """All that a process must do before its first file."""


def _identify(file: AudioFile) -> Identified:
    started = time.perf_counter()
    found, tags = track_id(file.path), read_tags(file.path)
    return Identified(file, found, tags, time.perf_counter() - started)
