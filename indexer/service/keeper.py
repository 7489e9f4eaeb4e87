"""Keeps the library of a service up to date, beside its searches."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from catalog.catalog import Catalog
from indexer.failures import Failure, FailureList
from indexer.ignoring import check_patterns
from indexer.jobs import Outcome, fingerprints
from indexer.journal import Journal
from indexer.service.file_jobs import go_through
from indexer.service.indexing_lock import IndexingLock
from indexer.service.job_queue import JobQueue
from indexer.service.job_stop import JobStop
from indexer.service.library_folders import LibraryFolders
from indexer.service.listed_failures import files_shown_as, listed, page_of
from indexer.service.running_job import RunningJob
from indexer.service.weights import fetch, profile_to_fetch
from indexer.stopping import Interrupted
from indexer.tag_writing.run_journal import RunJournal
from indexer.updating import Target
from models.profiles import choose_scores
from models.recipe import Recipe
from models.weights.store import WeightStore
from polymuse.cpu import usable_cores
from polymuse.errors import UnavailableError, UserError
from polymuse.excerpts import excerpts_of
from polymuse.indexed_folders import IndexedFolders
from polymuse.library_jobs import FailurePage, FolderListing, JobList, Kind, LibraryJob, MusicFolders
from polymuse.paths import printable
from polymuse.pause import Pause
from polymuse.settings import Settings

POLL_SECONDS = 1.0
RETRY_SECONDS = 300.0  # after which a failed scan is repeated
FINISH_SECONDS = 5.0  # for tracks in progress, at the end of the service
DROP_SECONDS = 3.0  # for the end of the workers after that

log = logging.getLogger(__name__)


class LibraryKeeper:
    """The indexer of a service: `search_api.indexing.Indexing`.

    One thread runs the jobs, one after the other, and one follows changes of the folders. What goes wrong ends the job,
    not the thread, and the next scan does what is left.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises UserError for patterns that are none."""
        check_patterns(settings.exclude)
        self._settings = settings
        self._home = settings.layout
        self._pause = Pause.parse(settings.pause) if settings.pause else None
        self._lock = IndexingLock(self._home.indexing_lock)
        self._queue = JobQueue(self._new_job)
        self._folders = LibraryFolders(settings, lambda paths: self._queue.add("scan", paths, by_itself=True))
        self._catalog: tuple[Catalog, str] | None = None
        self._target: Target | None = None
        self._finished = dict.fromkeys(("indexed", "updated", "failed"), 0)
        self._closing = threading.Event()
        self._weights_stored: Callable[[], None] = lambda: None
        self._after_run: Callable[[], None] = lambda: None
        self._gone = 0  # files that the last scan found gone, and has kept because they are too many at once
        self._told = False  # that another service indexes the library
        self._turn_at = 0.0  # when indexing is begun at the earliest
        self._retry_at = float("inf")
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    # The life of the service

    def start(self, weights_stored: Callable[[], None]) -> None:
        self._weights_stored = weights_stored
        self._folders.read()
        self._thread.start()

    def library_opened(self, catalog: Catalog, profile: str) -> None:
        self._catalog = catalog, profile
        self._queue.wake()

    def after_each_run(self, work: Callable[[], None]) -> None:
        self._after_run = work

    def close(self) -> None:
        self._closing.set()
        self._folders.unfollow()
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
        return self._folders.list(editable=self._lock.take())

    def choose_folders(self, paths: Sequence[str]) -> MusicFolders:
        self._require_turn()
        if added := self._folders.choose(paths):
            self._queue.add("scan", added)
        if self._target is not None:
            self._folders.follow()
        return self.folders()

    def browse(self, path: str | None) -> FolderListing:
        return self._folders.browse(path)

    def jobs(self) -> JobList:
        return JobList(self._folders.paused, self._gone, self._queue.snapshots())

    def job(self, id: str) -> LibraryJob:  # noqa: A002
        return self._queue.find(id).snapshot()

    def submit(self, kind: Kind, paths: Sequence[str] | None = None, forget: int = 0) -> LibraryJob:
        if forget and (kind != "scan" or paths is not None):
            raise UserError("Only a scan of all folders can forget files", "Leave `paths` out, or `forget`")
        if kind == "weights":
            return self._queue.add(kind).snapshot()
        self._require_turn()
        if paths is None:
            return self._queue.add(kind, forget=forget).snapshot()
        if kind == "retry":
            wanted = files_shown_as(self._failures(), paths)
        else:
            wanted = [self._folders.inside(path) for path in paths]
        return self._queue.add(kind, wanted).snapshot()

    def stop_job(self, id: str) -> LibraryJob:  # noqa: A002
        job = self._queue.find(id)
        if not job.final:
            job.stop.signalled = True
            if job.waiting:
                job.end()
        return job.snapshot()

    def pause(self, paused: bool) -> JobList:
        self._require_turn()
        self._folders.pause(paused=paused)
        self._queue.wake()
        return self.jobs()

    def finished_files(self) -> Mapping[str, int]:
        return {**self._finished}

    def failures(self, offset: int, limit: int) -> FailurePage:
        return page_of(self._failures(), offset, limit)

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

    def _take_turn(self) -> None:
        """Once the library is open and no other service indexes it: scan everything, and follow changes."""
        if self._target is not None or self._catalog is None or time.monotonic() < self._turn_at:
            return
        if not self._lock.take():
            if not self._told:
                log.info("another service indexes this library; this one takes over when that one ends")
            self._told = True
            return
        try:
            self._folders.read()
            self._target = self._make_target(*self._catalog)
        except UserError as error:
            self._turn_at = time.monotonic() + RETRY_SECONDS
            self._end(self._queue.add("scan", by_itself=True), error)
            return
        if not self._folders.kept:
            log.info("no folders are kept up to date: choose some on the page, or set `music`")
        elif not self._settings.watch:  # the watcher begins with the whole folders
            self._queue.add("scan", by_itself=True)
        self._folders.follow()

    def _make_target(self, catalog: Catalog, profile: str) -> Target:
        settings = self._settings
        recipe = Recipe.of(settings, profile, excerpts_of(catalog.space.fingerprint))
        return Target(
            catalog,
            FailureList(self._home.failures),
            Journal(self._home.journal),
            recipe,
            fingerprints(recipe, catalog.space, WeightStore(self._home.models)),
            moments=settings.moments,
            jobs=max(1, usable_cores() // 2) if settings.low_impact else settings.jobs,
            background=True,
            tag_encoding=settings.tag_encoding,
            keep_missing_days=settings.keep_missing_days,
            scores=self._scores(profile),
            folders=IndexedFolders(self._home.indexed_folders),
            written=RunJournal(self._home.written_tags),
        )

    def _scores(self, profile: str) -> tuple[str, ...]:
        """The suffixes of scores to be indexed. A setting that does not fit the profile keeps no audio waiting."""
        try:
            return choose_scores(profile, wanted=self._settings.scores)
        except UserError as error:
            log.warning("%s", error)
            return ()

    def _can_begin(self, job: RunningJob) -> bool:
        if self._closing.is_set():
            return False
        if job.kind == "weights":
            return True
        job.stop.announce_hours()
        return self._target is not None and not job.stop.paused

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
        self._end(job, problem)

    def _end(self, job: RunningJob, problem: UserError | None) -> None:
        job.end(problem)
        if problem is not None and not self._closing.is_set():
            log.warning("%s failed: %s", job.kind, problem)
            if job.kind != "weights":
                self._retry_at = time.monotonic() + RETRY_SECONDS
        quiet = job.by_itself and not job.eventful
        if not quiet or self._whole(job):
            log.info("%s %s: %s", job.kind, job.id, job.summary)
        if quiet and (not self._whole(job) or self._queue.has_other(job)):
            self._queue.forget(job)

    def _whole(self, job: RunningJob) -> bool:
        return job.paths is None or not job.paths.keys().isdisjoint(self._folders.kept)

    def _finish(self, outcome: Outcome) -> None:
        if outcome.status in self._finished:
            self._finished[outcome.status] += 1
        if outcome.status == "failed" and outcome.failure is not None:
            log.warning("%s", printable(str(outcome.failure)))

    def _fetch(self, job: RunningJob) -> None:
        store = WeightStore(self._home.models)
        fetch(store, profile_to_fetch(self._settings.profile, store), job, offline=self._settings.offline)
        self._weights_stored()
        self._turn_at = 0.0
        if self._target is not None:
            self._queue.add("scan", by_itself=True)

    def _index(self, job: RunningJob, target: Target) -> None:
        if not job.by_itself or self._whole(job):
            log.info("%s %s begins", job.kind, job.id)
        exclude = self._settings.exclude
        summary = go_through(job, target, self._folders, exclude, lambda: self._queue.has_waiting)
        if summary is not None and summary.unmeasured and not job.stop.requested:
            self._queue.add("scan", job.paths, by_itself=True)  # goes on after what has waited
        if summary is not None and job.kind == "scan" and (summary.too_many_gone or self._whole(job)):
            self._gone = len(summary.gone) if summary.too_many_gone else 0
            if self._gone:
                log.warning("%d files are gone at once, more than a quarter of the library: they are kept", self._gone)
        if summary is not None:
            self._after_run()

    def _failures(self) -> list[Failure]:
        found = FailureList(self._home.failures) if self._target is None else self._target.failures
        return listed(found, self._folders.kept)

    def _require_turn(self) -> None:
        if not self._lock.take():
            raise UnavailableError("Another service indexes this library", "Use its page, or stop it")
        if self._target is None:
            self._folders.read()  # another service may have changed it

    def _new_job(self, kind: Kind, paths: Iterable[Path] | None, by_itself: bool) -> RunningJob:
        stop = JobStop(self._pause, lambda: self._folders.paused)
        return RunningJob(kind, stop, paths, by_itself=by_itself, finished=self._finish)
