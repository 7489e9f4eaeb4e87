"""Read track ids and tags of files in worker processes, because a damaged file may crash a parser."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Self

from indexer.cue_sheets import remark
from indexer.file_tags import TagInfo, read_tags
from indexer.identity import identify
from indexer.jobs import Identified, Reading
from indexer.redecoding import is_file_redecoded
from indexer.scan import AudioFile
from indexer.score_files import score_id
from indexer.workers.backend import worker_memory
from indexer.workers.stage_times import Lane
from polymuse.errors import BadAudioError, UnreadableError
from polymuse.music import SCORE
from polymuse.paths import printable
from polymuse.pool import Pool
from polymuse.text import clean

MAX_IDENTIFY_SECONDS = 600.0  # for reading the packets of one file
AHEAD = 4  # queued files per process


class Identifier:
    """Identifies files in the processes of a pool."""

    def __init__(self, pool: Pool, jobs: int, tag_encoding: str = "auto", lanes: tuple[Lane, ...] = ()) -> None:
        """`jobs`: processes of the pool. `tag_encoding`: as in `read_tags`. `lanes`: empty if the pool belongs to a
        backend, which has its own lanes.
        """
        self.lanes = lanes
        self._pool = pool
        self._jobs = jobs
        self._tag_encoding = tag_encoding

    @classmethod
    def standalone(cls, jobs: int, tag_encoding: str = "auto", *, background: bool = False) -> Self:
        """An identifier with its own pool. `background`: its processes have the lowest priority."""
        lane = Lane(f"{jobs} processes here", jobs, ("identify",))
        pool = Pool(jobs, _no_setup, memory=worker_memory(jobs), background=background)
        return cls(pool, jobs, tag_encoding, (lane,))

    def identify(
        self, files: Iterable[AudioFile], halted: Callable[[], bool]
    ) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity or error, in order of completion."""
        ahead = AHEAD * self._jobs
        work = partial(_identify, tag_encoding=self._tag_encoding)
        return self._pool.imap_unordered(work, files, ahead=ahead, timeout=MAX_IDENTIFY_SECONDS, halted=halted)

    def read_tags(
        self, files: Iterable[AudioFile], halted: Callable[[], bool], *, with_audio: bool = False
    ) -> Iterator[tuple[AudioFile, Reading | BadAudioError]]:
        """Each file with its tags, or an error if it cannot be opened, in order of completion.

        `with_audio`: also find out whether it is decoded otherwise than before, which takes longer.
        """
        ahead = AHEAD * self._jobs
        work = partial(_read_tags, tag_encoding=self._tag_encoding, with_audio=with_audio)
        return self._pool.imap_unordered(work, files, ahead=ahead, timeout=MAX_IDENTIFY_SECONDS, halted=halted)

    def release(self) -> None:
        """End the processes; the next file starts them again."""
        self._pool.close()


def _no_setup() -> None:
    """No setup is needed before the first file."""


def _identify(file: AudioFile, tag_encoding: str) -> Identified:
    started = time.perf_counter()
    if file.kind == SCORE:
        named = TagInfo(title=clean(printable(file.path.stem)))  # for a score that has no title
        return Identified(file, score_id(file.path), named, time.perf_counter() - started)
    found, tags = identify(file.path), read_tags(file.path, tag_encoding)
    remarks = remark(file.path)
    seconds = time.perf_counter() - started
    return Identified(file, found.track_id, tags, seconds, found.seconds, remarks, found.redecoded)


def _read_tags(file: AudioFile, tag_encoding: str, *, with_audio: bool) -> Reading:
    try:
        with file.path.open("rb") as opened:  # a file that cannot be read would seem to have no tags
            opened.read(1)
    except OSError as error:
        raise UnreadableError(
            f"{printable(file.path)}: cannot be read: {error.strerror}", "Check its permissions and its disk"
        ) from error
    return Reading(read_tags(file.path, tag_encoding), with_audio and is_file_redecoded(file.path))
