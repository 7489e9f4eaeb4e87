"""Bring the catalog up to date with files on disk: analyse new files, update moved or retagged ones."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.failures import TOO_SHORT, Failure, FailureList
from indexer.flushing import PacedFlush
from indexer.jobs import Identified, Job, Outcome
from indexer.journal import Journal
from indexer.missing import Returned, missing_tracks, now
from indexer.presence import Findings, is_below, is_in_sight, look_for
from indexer.rereading import Reread, Stored, find_rereads
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.stage_times import StageTimes
from indexer.workers.workers import Workers
from models.analysis import Analysis
from polymuse.errors import BadAudioError, NotFoundError, TooShortError, UnavailableError, UnreadableError
from polymuse.file_names import file_name
from polymuse.paths import printable


@dataclass(frozen=True, slots=True)
class Plan:
    """Result of comparing a scan with the catalog, before any file is opened."""

    todo: tuple[AudioFile, ...]  # new, changed, or analysed with other networks
    unchanged: tuple[AudioFile, ...]
    failed_before: tuple[Failure, ...]  # failures of an earlier run whose file has not changed since
    findings: Findings = field(default_factory=Findings)  # about stored files below the scanned paths, not found there
    known: int = 0  # files in the catalog
    rereads: tuple[Reread, ...] = ()  # tracks whose tags are read again, from a file that needs no analysis
    returned: tuple[Returned, ...] = ()  # missing tracks of which a file is there again

    @property
    def files(self) -> int:
        """Number of files that the scan has found."""
        return sum(map(len, (self.todo, self.rereads, self.unchanged, self.failed_before, self.returned)))

    @property
    def next(self) -> tuple[AudioFile, ...]:
        """The files of the next stage: those whose tags are read again, if there are some, or those to do."""
        return tuple(each.file for each in self.rereads) or self.todo

    @property
    def gone(self) -> tuple[str, ...]:
        """Paths of files that are no longer on disk."""
        return self.findings.gone


@dataclass(slots=True)
class Indexing:
    """One run over a catalog. `models` is {role: fingerprint} of the models of an up-to-date track."""

    catalog: Catalog
    failures: FailureList
    models: dict[str, str]
    force: bool = False
    retry_failed: bool = False
    reread_tags: bool = False
    save_stems: Path | None = None
    moments: bool = True  # whether tracks are stored with their segments
    journal: Journal | None = None  # of the files in progress
    times: StageTimes = field(default_factory=StageTimes)
    roots: Sequence[Path] = ()  # the folders that the user has named
    keep_missing: bool = False  # whether tracks whose files are gone are kept as missing
    _waiting: dict[str, list[Identified]] = field(
        default_factory=dict
    )  # track in analysis -> other files of it seen meanwhile
    _analysed: set[str] = field(default_factory=set)  # tracks analysed in this run
    _unseen: list[FileRef] = field(default_factory=list)  # files in the catalog that the scan has not found
    _present: list[FileRef] = field(default_factory=list)  # files in the catalog that the scan has found
    _unread: list[str] = field(default_factory=list)  # paths that the scan could not read
    _moved: set[str] = field(default_factory=set)  # former paths of tracks found at other paths
    _stored: list[Outcome] = field(default_factory=list)  # of tracks that are not flushed yet

    def plan(self, files: Sequence[AudioFile], scanned: Sequence[Path], unread: Iterable[str] = ()) -> Plan:
        """Compare the files that a scan of these paths has found with the catalog by path, size and times.

        `unread` are the paths that the scan could not read.
        """
        known: dict[str, tuple[FileRef, bool]] = {}
        stored: list[Stored] = []
        for track in self.catalog.tracks():
            known |= {file.path: (file, self._has_current_models(track)) for file in track.files}
            stored.append(Stored(track.id, track.files, track.tags_version))
        missing = {file.path: (file, track) for track in missing_tracks(self.catalog) for file in track.files}
        returned: list[Returned] = []
        todo: list[AudioFile] = []
        unchanged: list[AudioFile] = []
        failed: list[Failure] = []
        for file in files:
            path = str(file.path)
            failure = None if self.retry_failed or self.force else self._failure_of(file)
            if failure is not None:
                failed.append(failure)
            elif not self.force and _is_current(known.get(path), file):
                unchanged.append(file)
            elif not self.force and self._is_back(missing.get(path), file):
                returned.append(Returned(file, missing[path][1]))
            else:
                todo.append(file)
        rereads = tuple(find_rereads(stored, unchanged, all_tracks=self.reread_tags))
        read_again = {each.file for each in rereads}
        unchanged = [file for file in unchanged if file not in read_again]
        if self.journal is not None:
            todo.sort(key=self.journal.crash_count)  # files that may have crashed a run come last
        on_disk = {str(file.path) for file in files}
        within = frozenset(map(str, scanned))
        self._unseen = [ref for path, (ref, _) in known.items() if path not in on_disk and is_below(path, within)]
        self._present = [ref for path, (ref, _) in known.items() if path in on_disk]
        self._unread = [str(path) for path in unread]
        findings = self._look()
        return Plan(tuple(todo), tuple(unchanged), tuple(failed), findings, len(known), rereads, tuple(returned))

    def run(self, plan: Plan, workers: Workers, report: Callable[[Outcome], None]) -> None:
        """Work through a plan and report the outcome of every file, until the workers' stop is requested.

        A track that was reported as indexed survives a crash and a power cut. Before a pause the run finishes and
        stores the tracks in progress and frees the memory of the workers. Raises UnavailableError if the weights or the
        store cannot be used; everything reported before that stays stored.
        """
        left = {str(file.path): file for file in plan.todo}

        def settle(outcome: Outcome) -> None:
            left.pop(outcome.path)
            report(outcome)

        while left and not workers.stop.requested:
            if workers.stop.paused:
                workers.release()
                workers.stop.wait()
            try:
                jobs = self._started(self._jobs(workers.identify(self._next(left.values())), settle), workers.stop)
                self._work(workers.analyze(jobs), settle)
            finally:
                if self.journal is not None:
                    self.journal.close()
            self._waiting.clear()  # for tracks that were dropped

    def look_again(self) -> Findings:
        """What became of files that the scan has not found, without those whose track the run has found elsewhere."""
        self._unseen = [ref for ref in self._unseen if ref.path not in self._moved]
        return self._look()

    def prune(self, gone: Iterable[str]) -> None:
        """Remove files from the library; tracks without files may stay as missing. Also forget outdated failures."""
        since = now() if self.keep_missing else ""
        for path in gone:
            self.catalog.remove_path(path, since)
        self.catalog.flush()
        for path in look_for((FileRef(failure.path, 0, 0) for failure in self.failures), self.roots).gone:
            self.failures.forget(path)

    def _look(self) -> Findings:
        return look_for(self._unseen, self.roots, self._unread, self._present)

    def _next(self, left: Collection[AudioFile]) -> list[AudioFile]:
        """All remaining files that have crashed no run; if there are none, a single file, to isolate its crash."""
        if self.journal is None:
            return list(left)
        return [file for file in left if not self.journal.crash_count(file)] or list(left)[:1]

    def _work(self, results: Iterable[tuple[Job, Analysis | BadAudioError]], report: Callable[[Outcome], None]) -> None:
        flush = PacedFlush(lambda: self._flush(report))
        for job, result in results:
            if self.journal is not None:
                self.journal.finish(job.identified.file)
            copies = [job.identified, *self._waiting.pop(job.identified.track_id)]
            if isinstance(result, BadAudioError):
                for copy in copies:
                    self._leave_other_tracks(copy)
                    report(self._failed(copy.file, "analyze", result))
            else:
                self.times.add(result.busy)
                with self.times.measure("store"):
                    self._store(copies, result)
            flush.if_due()
        self._flush(report)

    def _jobs(
        self, identified: Iterable[tuple[AudioFile, Identified | BadAudioError]], report: Callable[[Outcome], None]
    ) -> Iterator[Job]:
        """The tracks that need analysis; files of known tracks are updated and reported on the way."""
        for file, result in identified:
            if isinstance(result, BadAudioError):
                report(self._failed(file, "identify", result))
                continue
            self.times.add({"identify": result.seconds})
            if (waiting := self._waiting.get(result.track_id)) is not None:
                waiting.append(result)
            elif (track := self._up_to_date(result.track_id)) is not None:
                report(self._updated(track, result))
            else:
                self._waiting[result.track_id] = []
                yield Job(result, self._stem_directory(result))

    def _started(self, jobs: Iterator[Job], stop: Stop) -> Iterator[Job]:
        """The jobs, recorded in the journal; jobs are dropped while the run is halted."""
        for job in jobs:
            if not stop.halted:
                if self.journal is not None:
                    self.journal.begin(job.identified.file)
                yield job

    def _flush(self, report: Callable[[Outcome], None]) -> None:
        with self.times.measure("store"):
            self.catalog.flush()
        for outcome in self._stored:
            self.failures.forget(outcome.path)
            report(outcome)
        self._stored.clear()

    def _store(self, copies: Sequence[Identified], analysis: Analysis) -> None:
        """Store an analysed track in the catalog; it is reported after the next flush."""
        first = copies[0]
        track = Track(
            id=first.track_id,
            files=(),
            title=first.tags.title,
            duration=max(analysis.seconds, (first.length or 0) if analysis.capped else 0),
            format=analysis.codec,
            stems=analysis.stems,
            tags=analysis.tags,
            models=self.models,
            indexed_at=now(),
        )
        known = self._known(track.id)
        if known is not None:
            track = replace(track, files=self._on_disk(known))
        for copy in copies:
            track = _with_file(track, copy)
        entry = Entry(track, analysis.vectors, analysis.segments if self.moments else ())
        self.catalog.upsert([entry], known={} if known is None else {known.id: known})
        self._analysed.add(track.id)
        for copy in copies:
            seconds = analysis.seconds if copy is first else 0.0  # a copy costs no analysis
            work = copy.seconds + (sum(analysis.busy.values()) if copy is first else 0.0)
            path = str(copy.file.path)
            remarks = (*analysis.remarks, *copy.remarks)
            self._stored.append(Outcome(path, "indexed", copy.file.size, seconds, track.id, remarks, work=work))

    def _updated(self, track: Track, copy: Identified) -> Outcome:
        self.catalog.update(_with_file(replace(track, files=self._on_disk(track)), copy), before=track)
        self.failures.forget(str(copy.file.path))
        return Outcome(str(copy.file.path), "updated", copy.file.size, track_id=track.id)

    def _on_disk(self, track: Track) -> tuple[FileRef, ...]:
        """The files of the track that are not gone."""
        gone = look_for(track.files, self.roots).gone
        self._moved.update(gone)
        return tuple(file for file in track.files if file.path not in gone)

    def _failure_of(self, file: AudioFile) -> Failure | None:
        """The failure of this version of the file in an earlier run, including crashes of the run."""
        if self.journal is not None and (failure := self.journal.failure_for(file)) is not None:
            self.failures.add(failure)
            self.journal.finish(file)
        return self.failures.find(str(file.path), file.size, file.mtime_ns)

    def _failed(self, file: AudioFile, stage: str, error: BadAudioError) -> Outcome:
        failure = Failure.of(file.path, TOO_SHORT if isinstance(error, TooShortError) else stage, error)
        if isinstance(error, UnreadableError):
            self._check_root(file.path)
        elif _is_unchanged(file):  # if not, it is tried again: its disk may have been taken out
            failure = replace(failure, size=file.size, mtime_ns=file.mtime_ns)
        self.failures.add(failure)
        status = "too short" if failure.is_too_short else "failed"
        return Outcome(failure.path, status, file.size, failure=failure)

    def _check_root(self, path: Path) -> None:
        """End the run if the folder that the user has named is gone: its other files would fail as well."""
        for root in self.roots:
            if path.is_relative_to(root) and path != root and not is_in_sight(root):
                raise UnavailableError(
                    f"{printable(root)} cannot be read any more; what was analysed before is stored",
                    "Connect or mount it, and run the same command again to resume.",
                )

    def _leave_other_tracks(self, identified: Identified) -> None:
        """Remove a file whose content was replaced from its previous track.

        Only needed for content that cannot be analysed: storing a track removes its files from all others.
        """
        path = str(identified.file.path)
        before = self.catalog.find_by_path(path)
        if before is not None and before.id != identified.track_id:
            self.catalog.remove_path(path)

    def _known(self, track_id: str) -> Track | None:
        try:
            return self.catalog.get([track_id])[0]
        except NotFoundError:
            return None

    def _up_to_date(self, track_id: str) -> Track | None:
        """The track, if it needs no analysis in this run."""
        track = self._known(track_id)
        if track is None or track_id in self._analysed:
            return track
        return track if self._has_current_models(track) and not self.force else None

    def _has_current_models(self, track: Track) -> bool:
        return all(track.models.get(role) == fingerprint for role, fingerprint in self.models.items())

    def _is_back(self, missing: tuple[FileRef, Track] | None, file: AudioFile) -> bool:
        """Whether a file is as it was before its track went missing."""
        return missing is not None and _is_current((missing[0], self._has_current_models(missing[1])), file)

    def _stem_directory(self, identified: Identified) -> Path | None:
        if self.save_stems is None:
            return None
        return self.save_stems / file_name(identified.file.path.stem, f" [{identified.track_id[:8]}]")


def _with_file(track: Track, copy: Identified) -> Track:
    """The track with one more file, and with the tags of that file."""
    path = str(copy.file.path)
    others = tuple(file for file in track.files if file.path != path)
    file = FileRef(path, copy.file.size, copy.file.mtime_ns, copy.file.ctime_ns, copy.file.device)
    files = (*others, file)
    return replace(track, files=files, missing_since="", **copy.tags.attributes)


def _is_current(known: tuple[FileRef, bool] | None, file: AudioFile) -> bool:
    """Whether a file is as it was stored, and its track has the current models."""
    return known is not None and known[1] and (known[0].size, known[0].mtime_ns) == (file.size, file.mtime_ns)


def _is_unchanged(file: AudioFile) -> bool:
    """Whether a file is still as the scan has found it."""
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
