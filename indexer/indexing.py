"""Work through a plan: analyse new files, update moved or retagged ones."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.comparing import Plan, Unseen, has_models, models_of
from indexer.failures import TOO_SHORT, Failure, FailureList
from indexer.flushing import PacedFlush
from indexer.jobs import Identified, Job, Outcome
from indexer.journal import Journal
from indexer.missing import now
from indexer.presence import Findings, is_in_sight, look_for
from indexer.redecoding import was_decoded_before
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.stage_times import StageTimes
from indexer.workers.workers import Workers
from indexer.written_tags import WrittenTags, of_others
from models.analysis import Analysis
from polymuse.errors import BadAudioError, NotFoundError, TooShortError, UnavailableError, UnreadableError
from polymuse.file_names import file_name
from polymuse.music import SCORE
from polymuse.paths import printable


@dataclass(slots=True)
class Indexing:
    """One run over a catalog. `models` is {role: fingerprint} of the models of an up-to-date track."""

    catalog: Catalog
    failures: FailureList
    models: dict[str, str]
    force: bool = False
    save_stems: Path | None = None
    moments: bool = True  # whether tracks are stored with their segments
    journal: Journal | None = None  # of the files in progress
    times: StageTimes = field(default_factory=StageTimes)
    roots: Sequence[Path] = ()  # the folders that the user has named
    keep_missing: bool = False  # whether tracks whose files are gone are kept as missing
    written: WrittenTags | None = None  # what was written into files, which does not count as theirs
    _waiting: dict[str, list[Identified]] = field(
        default_factory=dict
    )  # track in analysis -> other files of it seen meanwhile
    _analysed: set[str] = field(default_factory=set)  # tracks analysed in this run
    _moved: set[str] = field(default_factory=set)  # former paths of tracks found at other paths
    _stored: list[Outcome] = field(default_factory=list)  # of tracks that are not flushed yet

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

    def look_again(self, unseen: Unseen) -> Findings:
        """What became of files that the scan has not found, without those whose track the run has found elsewhere."""
        return unseen.look(self.roots, self._moved)

    def prune(self, gone: Iterable[str]) -> None:
        """Remove files from the library; tracks without files may stay as missing. Also forget outdated failures."""
        since = now() if self.keep_missing else ""
        for path in gone:
            self.catalog.remove_path(path, since)
        self.catalog.flush()
        for path in look_for((FileRef(failure.path, 0, 0) for failure in self.failures), self.roots).gone:
            self.failures.forget(path)

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
            others = of_others(self.written, result.track_id, file.path, result.tags)
            result = replace(result, tags=others)
            if (waiting := self._waiting.get(result.track_id)) is not None:
                waiting.append(result)
            elif (track := self._up_to_date(result)) is not None:
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
            title=analysis.title or first.tags.title,
            duration=max(analysis.seconds, (first.length or 0) if analysis.capped else 0),
            format=analysis.codec,
            stems=analysis.stems,
            tags=analysis.tags,
            models=models_of(first.file.kind, self.models),
            indexed_at=now(),
            kind=first.file.kind,
            titled_by_file=first.file.kind == SCORE and not analysis.title,
            composers=(analysis.composer,) if analysis.composer else (),
            measured=analysis.measured,
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

    def _failed(self, file: AudioFile, stage: str, error: BadAudioError) -> Outcome:
        failure = Failure.of(file.path, TOO_SHORT if isinstance(error, TooShortError) else file.stage(stage), error)
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

    def _up_to_date(self, identified: Identified) -> Track | None:
        """The track, if it needs no analysis in this run."""
        track = self._known(identified.track_id)
        if track is None or track.id in self._analysed:
            return track
        outdated = self.force or (identified.redecoded and was_decoded_before(track))
        return track if has_models(track, self.models) and not outdated else None

    def _stem_directory(self, identified: Identified) -> Path | None:
        if self.save_stems is None or identified.file.kind == SCORE:
            return None
        return self.save_stems / file_name(identified.file.path.stem, f" [{identified.track_id[:8]}]")


def _with_file(track: Track, copy: Identified) -> Track:
    """The track with one more file, and with the tags of that file; a score may take a title from it."""
    path = str(copy.file.path)
    others = tuple(file for file in track.files if file.path != path)
    file = FileRef(path, copy.file.size, copy.file.mtime_ns, copy.file.ctime_ns, copy.file.device)
    files = (*others, file)
    if track.kind == SCORE:
        return replace(
            track, files=files, missing_since="", title=copy.tags.title if track.titled_by_file else track.title
        )
    return replace(track, files=files, missing_since="", **copy.tags.attributes)


def _is_unchanged(file: AudioFile) -> bool:
    """Whether a file is still as the scan has found it."""
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
