"""Read track ids and tags of files in worker processes, because a damaged file may crash a parser."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Self

from indexer.file_tags import TagInfo, read_tags
from indexer.identity import identify
from indexer.jobs import Identified
from indexer.scan import AudioFile
from indexer.workers.backend import worker_memory
from indexer.workers.stage_times import Lane
from polymuse.errors import BadAudioError
from polymuse.paths import printable
from polymuse.pool import Pool

MAX_IDENTIFY_SECONDS = 600.0  # for reading the packets of one file
AHEAD = 4  # queued files per process


class Identifier:
    """Identifies files in the processes of a pool."""

    def __init__(self, pool: Pool, jobs: int, lanes: tuple[Lane, ...] = ()) -> None:
        """`jobs`: processes of the pool. `lanes`: empty if the pool belongs to a backend, which has its own lanes."""
        self.lanes = lanes
        self._pool = pool
        self._jobs = jobs

    @classmethod
    def standalone(cls, jobs: int) -> Self:
        """An identifier with its own pool."""
        lane = Lane(f"{jobs} processes here", jobs, ("identify",))
        return cls(Pool(jobs, _no_setup, memory=worker_memory(jobs)), jobs, (lane,))

    def identify(
        self, files: Iterable[AudioFile], halted: Callable[[], bool]
    ) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity or error, in order of completion."""
        ahead = AHEAD * self._jobs
        return self._pool.imap_unordered(_identify, files, ahead=ahead, timeout=MAX_IDENTIFY_SECONDS, halted=halted)

    def read_tags(
        self, files: Iterable[AudioFile], halted: Callable[[], bool]
    ) -> Iterator[tuple[AudioFile, TagInfo | BadAudioError]]:
        """Each file with its tags, or an error if it cannot be opened, in order of completion."""
        ahead = AHEAD * self._jobs
        return self._pool.imap_unordered(_read_tags, files, ahead=ahead, timeout=MAX_IDENTIFY_SECONDS, halted=halted)

    def release(self) -> None:
        """End the processes; the next file starts them again."""
        self._pool.close()


def _no_setup() -> None:
    """No setup is needed before the first file."""


def _identify(file: AudioFile) -> Identified:
    started = time.perf_counter()
    found, tags = identify(file.path), read_tags(file.path)
    return Identified(file, found.track_id, tags, time.perf_counter() - started, found.seconds)


def _read_tags(file: AudioFile) -> TagInfo:
    try:
        with file.path.open("rb") as opened:  # a file that cannot be read would seem to have no tags
            opened.read(1)
    except OSError as error:
        raise BadAudioError(
            f"{printable(file.path)}: cannot be read: {error.strerror}", "Check its permissions and its disk"
        ) from error
    return read_tags(file.path)
