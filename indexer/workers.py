"""Worker processes: each holds its own networks and turns files into identities and analyses.

Processes rather than threads: decoding holds the GIL, and a decoder that crashes takes down one process, not the run.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from pebble import ProcessExpired, ProcessPool

from indexer.identity import track_id
from indexer.records import Analysis, Identified, Job, Recipe
from indexer.scan import AudioFile
from indexer.tags import read_tags
from polymuse.errors import BadAudioError, UserError

if TYPE_CHECKING:  # the parent process never loads the networks
    from indexer.analysis import Analyzer

IDENTIFY_SECONDS = 600.0  # reading the packets of one file; a disk that is slower than this hangs
ANALYZE_SECONDS = 4 * 3600.0  # one track; whole-file separation of an hour of audio on a slow CPU fits

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """A pool of analysing processes, started when the first item comes."""

    def __init__(self, recipe: Recipe, jobs: int) -> None:
        self.recipe = recipe
        self.jobs = jobs
        self._pool: ProcessPool | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()

    def identify(self, files: Iterable[AudioFile]) -> Iterator[tuple[AudioFile, Identified | BadAudioError]]:
        """Each file with its identity, or with what is wrong with it, in order of completion."""
        return self.map(_identify, files, ahead=4 * self.jobs, limit=IDENTIFY_SECONDS)

    def analyze(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Analysis | BadAudioError]]:
        """Each track with its analysis, or with what is wrong with it, in order of completion."""
        return self.map(_analyze, jobs, ahead=self.jobs + 1, limit=ANALYZE_SECONDS)

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], ahead: int, limit: float
    ) -> Iterator[tuple[Item, Result | BadAudioError]]:
        """Each item with what `function` makes of it, or with why it could not, in order of completion.

        At most `ahead` items are under way, so that a long list is never queued. `limit` is in seconds for each item.
        """
        items = iter(items)
        under_way = {}
        while True:
            for item in islice(items, ahead - len(under_way)):
                under_way[self._started().schedule(function, args=(item,), timeout=limit)] = item
            if not under_way:
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield under_way.pop(future), _outcome(future.result, limit)

    def _started(self) -> ProcessPool:
        if self._pool is None:
            threads = max(1, (os.cpu_count() or 1) // self.jobs)
            self._pool = ProcessPool(
                max_workers=self.jobs,
                initializer=_start_worker,
                initargs=(self.recipe, threads),
                context=multiprocessing.get_context("spawn"),  # torch and FFmpeg do not survive a fork
            )
        return self._pool


def _outcome(result: Callable[[], Result], limit: float) -> Result | BadAudioError:
    try:
        return result()
    except BadAudioError as error:
        return error
    except UserError:
        raise  # about the weights or the settings: no other file would fare better
    except ProcessExpired as error:
        cause = f"the decoder or a network crashed (exit status {error.exitcode})"
        return BadAudioError(cause, "Convert the file, or report it if it plays elsewhere")
    except TimeoutError:
        return BadAudioError(f"no result after {limit:.0f} s", "Check the disk, or convert the file")
    except MemoryError:
        return BadAudioError("not enough memory", "Use fewer --jobs or a lower POLYMUSE_MAX_MINUTES")
    except Exception as error:  # noqa: BLE001  one file must not end the run; the cause is named, not hidden
        return BadAudioError(
            f"unexpected {type(error).__name__}: {error}", "Please report it, with the file if you may"
        )


_recipe: Recipe  # set once in each worker process, before its first task
_analyzer: "Analyzer | None" = None


def _start_worker(recipe: Recipe, threads: int) -> None:
    global _recipe  # noqa: PLW0603  a worker process has one recipe for life
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is first imported
    _recipe = recipe


def _identify(file: AudioFile) -> Identified:
    return Identified(file, track_id(file.path), read_tags(file.path))


def _analyze(job: Job) -> Analysis:
    global _analyzer  # noqa: PLW0603  built once a process, and only where there is something to analyse
    if _analyzer is None:
        from indexer.networks import build_analyzer

        _analyzer = build_analyzer(_recipe)
    return _analyzer.analyze(job.identified.file.path, job.save_stems)
