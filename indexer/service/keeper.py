"""Keeps the library of a service up to date, beside its searches."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from catalog.catalog import Catalog
from catalog.keys import readable
from indexer.failures import Failure, FailureList
from indexer.ignoring import check_patterns
from indexer.jobs import fingerprints
from indexer.journal import Journal
from indexer.scan import AudioFile, scan_changed
from indexer.service.folders import Roots, default_roots, trouble_with, without_nested
from indexer.service.indexing_lock import IndexingLock
from indexer.service.job_queue import JobQueue
from indexer.service.job_stop import JobStop
from indexer.service.kept_notes import kept_notes
from indexer.service.running_job import RunningJob
from indexer.service.state import ServiceState
from indexer.service.weights import fetch, profile_to_fetch
from indexer.stopping import Interrupted, Pause, Stop
from indexer.updating import Choices, Target, bring_up_to_date
from indexer.watching import Watching
from models.recipe import Recipe
from models.weights.store import WeightStore
from polymuse.cpu import usable_cores
from polymuse.errors import NotFoundError, UnavailableError, UserError
from polymuse.library_jobs import (
    FailurePage,
    FileFailure,
    FolderListing,
    FolderState,
    JobList,
    Kind,
    LibraryJob,
    MusicFolder,
    MusicFolders,
    Trouble,
)
from polymuse.paths import normal
from polymuse.settings import Settings

POLL_SECONDS = 1.0
RETRY_SECONDS = 300.0  # after which a failed scan is repeated
FINISH_SECONDS = 5.0  # for tracks in progress, at the end of the service
DROP_SECONDS = 3.0  # for the end of the workers after that

log = logging.getLogger(__name__)


class LibraryKeeper:
    """The indexer of a service: `search_api.indexing.Indexing`.

    One thread runs the jobs, one after the other, and one follows changes of the folders. Neither ever fails: what
    goes wrong ends the job, and the next scan does what is left.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises UserError for invalid hours of pause, and for patterns that are none."""
        check_patterns(settings.exclude)
        self._settings = settings
        self._home = settings.layout
        self._pause = Pause.parse(settings.pause) if settings.pause else None
        self._roots = Roots(settings.roots or default_roots())
        self._state = ServiceState()
        self._lock = IndexingLock(self._home.indexing_lock)
        self._queue = JobQueue(self._new_job)
        self._changing = threading.Lock()  # held while the state is changed
        self._target: Target | None = None
        self._catalog: tuple[Catalog, str] | None = None
        self._files: dict[Path, int] = {}  # folder -> audio files found by the last scan
        self._music = tuple(map(normal, settings.music))
        self._watching: Watching | None = None
        self._unwatch = Stop()  # of the thread that follows the folders
        self._closing = threading.Event()
        self._weights_stored: Callable[[], None] = lambda: None
        self._retry_at = float("inf")
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    # The life of the service

    def start(self, weights_stored: Callable[[], None]) -> None:
        self._weights_stored = weights_stored
        self._state = ServiceState.read(self._home.service)
        self._thread.start()

    def library_opened(self, catalog: Catalog, profile: str) -> None:
        self._catalog = catalog, profile
        self._queue.wake()

    def close(self) -> None:
        self._closing.set()
        self._unwatch.signalled = True
        jobs = self._queue.unfinished()
        for job in jobs:
            job.stop.signalled = True
        self._queue.wake()
        if self._thread.is_alive():
            self._thread.join(FINISH_SECONDS)
            for job in jobs:
                job.stop.aborted = True
            self._thread.join(DROP_SECONDS)
        self._lock.release()

    # For clients

    def folders(self) -> MusicFolders:
        folders = tuple(self._folder(path, "settings" if path in self._music else "page") for path in self._kept())
        roots = tuple(str(root) for root in self._roots.paths)
        return MusicFolders(folders, roots, self._settings.watch, editable=self._may_index())

    def choose_folders(self, paths: Sequence[str]) -> MusicFolders:
        self._require_turn()
        chosen = without_nested([self._roots.check(path) for path in paths])
        with self._changing:
            before = self._kept()
            self._store(ServiceState(tuple(map(str, chosen)), self._state.paused))
            added = [path for path in self._kept() if path not in before]
        if added:
            self._queue.add("scan", added)
        self._follow()
        return self.folders()

    def browse(self, path: str | None) -> FolderListing:
        return self._roots.browse(path)

    def jobs(self) -> JobList:
        return JobList(self._state.paused, self._queue.snapshots())

    def job(self, id: str) -> LibraryJob:  # noqa: A002
        return self._queue.find(id).snapshot()

    def submit(self, kind: Kind, paths: Sequence[str] | None = None) -> LibraryJob:
        if kind != "weights":
            self._require_turn()
        if kind == "scan" and paths is not None:
            return self._queue.add(kind, [self._inside(path) for path in paths]).snapshot()
        if kind == "retry":
            return self._queue.add(kind, self._failed(paths)).snapshot()
        return self._queue.add(kind).snapshot()

    def stop_job(self, id: str) -> LibraryJob:  # noqa: A002
        job = self._queue.find(id)
        if not job.final:
            job.stop.signalled = True
            if job.waiting:
                job.end()
        return job.snapshot()

    def pause(self, paused: bool) -> JobList:
        with self._changing:
            self._store(ServiceState(self._state.folders, paused))
        self._queue.wake()
        return self.jobs()

    def failures(self, offset: int, limit: int) -> FailurePage:
        found = sorted(self._failures(), key=_by_path)
        page = [_as_failure(failure) for failure in found[offset : offset + limit]]
        following = offset + limit
        return FailurePage(tuple(page), len(found), str(following) if following < len(found) else None)

    # The thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self._take_turn()
            if time.monotonic() >= self._retry_at:
                self._retry_at = float("inf")
                self._queue.add("scan", by_itself=True)
            job = self._queue.next(self._can_begin, POLL_SECONDS)
            if job is not None:
                self._do(job)
        self._unwatch.signalled = True

    def _take_turn(self) -> None:
        """Once the library is open and no other service indexes it: scan everything, and follow changes."""
        if self._target is not None or self._catalog is None or not self._may_index():
            return
        try:
            self._state = ServiceState.read(self._home.service)
            self._target = self._make_target(*self._catalog)
        except UserError as error:
            log.warning("nothing is indexed: %s", error)
            self._catalog = None
            return
        if self._kept() and not self._settings.watch:  # the watcher begins with the whole folders
            self._queue.add("scan", by_itself=True)
        self._follow()

    def _make_target(self, catalog: Catalog, profile: str) -> Target:
        settings = self._settings
        recipe = Recipe.of(settings, profile)
        weights = WeightStore(self._home.models)
        return Target(
            catalog,
            FailureList(self._home.failures),
            Journal(self._home.journal),
            recipe,
            fingerprints(recipe, catalog.space, weights),
            moments=settings.moments,
            jobs=max(1, usable_cores() // 2) if settings.low_impact else settings.jobs,
            background=True,
            tag_encoding=settings.tag_encoding,
            keep_missing_days=settings.keep_missing_days,
        )

    def _can_begin(self, job: RunningJob) -> bool:
        return not self._closing.is_set() and (
            job.kind == "weights" or (self._target is not None and not job.stop.paused)
        )

    def _do(self, job: RunningJob) -> None:
        problem: UserError | None = None
        try:
            if job.kind == "weights":
                self._fetch(job)
            elif self._target is not None:
                self._index(job, self._target)
        except Interrupted:
            job.stop.signalled = True
        except UserError as error:
            problem = error
        except Exception as error:
            log.exception("job %s failed", job.id)
            problem = UnavailableError(f"Unexpected {type(error).__name__}: {error}", "Please report it, with the log")
        job.end(problem)
        if problem is not None:
            log.warning("%s failed: %s", job.kind, problem)
            self._retry_at = time.monotonic() + RETRY_SECONDS
        if job.by_itself and not job.eventful and not self._is_whole(job):
            self._queue.forget(job)

    def _fetch(self, job: RunningJob) -> None:
        store = WeightStore(self._home.models)
        fetch(store, profile_to_fetch(self._settings.profile, store), job, offline=self._settings.offline)
        self._weights_stored()
        if self._target is not None:
            self._queue.add("scan", by_itself=True)

    def _index(self, job: RunningJob, target: Target) -> None:
        whole = job.paths is None
        paths = list(self._kept()) if job.paths is None else list(job.paths)
        if job.kind == "retry" and whole:
            paths = [Path(failure.path) for failure in target.failures]
        retry = job.kind == "retry"
        choices = Choices(retry_failed=retry, prune=not retry)
        summary = bring_up_to_date(target, self._found(job, paths), paths, job, job.stop, choices, self._kept())
        if summary is not None:
            job.bottleneck(summary.times.bottleneck(summary.lanes, job.worked))
            for line in kept_notes(summary):
                job.note(line)

    def _found(self, job: RunningJob, paths: Sequence[Path]) -> Iterator[AudioFile | Failure]:
        """The files of a scan. Raises Interrupted once the job is stopped."""
        folders = [path for path in self._kept() if path in paths]
        counts = dict.fromkeys(folders, 0)
        for item in scan_changed(paths, self._kept() if job.kind == "scan" else (), self._settings.exclude):
            if job.stop.requested:
                raise Interrupted
            if isinstance(item, AudioFile):
                for folder in folders:
                    if item.path.is_relative_to(folder):
                        counts[folder] += 1
            yield item
        self._files |= counts

    # Folders

    def _chosen(self) -> tuple[Path, ...]:
        return tuple(map(Path, self._state.folders))

    def _kept(self) -> tuple[Path, ...]:
        """All folders, without those inside others."""
        return without_nested([*self._music, *self._chosen()])

    def _folder(self, path: Path, origin: Literal["settings", "page"]) -> MusicFolder:
        problem = trouble_with(path)
        state: FolderState = "off"
        if problem is not None:
            state = "unreadable" if path.is_dir() else "missing"
        elif self._watching is not None:
            for found in self._watching.states():
                if found.path == path:
                    state = found.state if found.state != "missing" else "watched"  # it is about to be
                    problem = Trouble(" ".join(found.problems)) if found.problems else None
        return MusicFolder(str(path), origin, state, self._files.get(path), problem)

    def _is_whole(self, job: RunningJob) -> bool:
        """Whether the job covers whole folders, not only changes in them."""
        return job.paths is None or not job.paths.keys().isdisjoint(self._kept())

    def _inside(self, text: str) -> Path:
        """A path in one of the folders. Raises NotFoundError."""
        path = Path(text)
        if ".." not in path.parts and any(path.is_relative_to(folder) for folder in self._kept()):
            return path
        raise NotFoundError("A path is in none of the folders", "GET /v1/folders lists them")

    def _failed(self, paths: Sequence[str] | None) -> list[Path] | None:
        """The failed files that are listed as `paths`. Raises NotFoundError if there is none."""
        if paths is None:
            return None
        wanted = set(paths)
        found = [Path(failure.path) for failure in self._failures() if readable(failure.path) in wanted]
        if not found:
            raise NotFoundError("None of these files is in the list of failures", "GET /v1/failures lists them")
        return found

    def _follow(self) -> None:
        """Follow the changes of the folders as they are now."""
        with self._changing:
            self._unwatch.signalled = True
            self._unwatch = stop = Stop()
            self._watching = None
            if self._settings.watch and self._target is not None and self._kept() and not self._closing.is_set():
                settings = self._settings
                self._watching = Watching(self._kept(), log.warning, settings.exclude, settings.rescan_hours)
                arguments = self._watching, stop
                threading.Thread(target=self._watch, args=arguments, name="watching", daemon=True).start()

    def _watch(self, watching: Watching, stop: Stop) -> None:
        try:
            for changed in watching.changes(stop):
                self._queue.add("scan", changed, by_itself=True)
        except Exception:
            log.exception("changes are no longer followed")

    def _failures(self) -> tuple[Failure, ...]:
        found = FailureList(self._home.failures) if self._target is None else self._target.failures
        return tuple(failure for failure in found if not failure.is_too_short)

    # State

    def _may_index(self) -> bool:
        return self._lock.take()

    def _require_turn(self) -> None:
        if not self._may_index():
            raise UnavailableError("Another service indexes this library", "Use its page, or stop it")

    def _store(self, state: ServiceState) -> None:
        state.write(self._home.service)
        self._state = state

    def _new_job(self, kind: Kind, paths: Iterable[Path] | None, by_itself: bool) -> RunningJob:
        stop = JobStop(self._pause, lambda: self._state.paused)
        return RunningJob(kind, stop, paths, by_itself=by_itself)


def _by_path(failure: Failure) -> str:
    return failure.path


def _as_failure(failure: Failure) -> FileFailure:
    path = readable(failure.path)
    return FileFailure(path, Path(path).name, failure.stage, readable(failure.cause), failure.advice)
