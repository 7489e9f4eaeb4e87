"""Compare the files of a scan with the catalog: what is to do, before any file is opened."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.catalog import Catalog
from catalog.fields import WITH_HIDDEN
from catalog.track import FileRef, Track
from indexer.failures import Failure, FailureList
from indexer.journal import Journal
from indexer.missing import Returned, missing_tracks
from indexer.presence import Findings, is_below, look_for
from indexer.remeasuring import MEASURE, Remeasure, find_remeasures, measured_version
from indexer.rereading import Reread, Stored, find_rereads, is_touched
from indexer.scan import AudioFile
from polymuse.music import AUDIO, SCORE, TrackKind


@dataclass(frozen=True, slots=True)
class Unseen:
    """Stored files below the scanned paths that the scan has not found, and what shows whether they are gone."""

    files: tuple[FileRef, ...] = ()
    present: tuple[FileRef, ...] = ()  # stored files that the scan has found
    unread: tuple[str, ...] = ()  # paths that the scan could not read

    def look(self, roots: Iterable[Path], moved: Collection[str] = ()) -> Findings:
        """What became of the files, without those that have `moved`; `roots` as in `look_for`."""
        return look_for((file for file in self.files if file.path not in moved), roots, self.unread, self.present)


@dataclass(frozen=True, slots=True)
class Plan:
    """Result of a comparison."""

    todo: tuple[AudioFile, ...]  # new, changed, or analysed with other networks
    unchanged: tuple[AudioFile, ...]
    failed_before: tuple[Failure, ...]  # failures of an earlier run whose file has not changed since
    findings: Findings = field(default_factory=Findings)  # about stored files below the scanned paths, not found there
    known: int = 0  # files in the catalog
    rereads: tuple[Reread, ...] = ()  # tracks whose tags are read again, from a file that needs no analysis
    remeasures: tuple[Remeasure, ...] = ()  # tracks that are measured, among them unchanged ones and `rereads`
    returned: tuple[Returned, ...] = ()  # missing tracks of which a file is there again
    unseen: Unseen = field(default_factory=Unseen)  # what `findings` are about, to look again
    # Stored tracks with stems by another separator, by its fingerprint: {fingerprint: (to do again, left as they are)}
    other_separators: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    renewed: str = ""  # a line on those to do again
    unlike: str = ""  # a line on those that are left

    @property
    def files(self) -> int:
        """Number of files that the scan has found."""
        return sum(map(len, (self.todo, self.rereads, self.unchanged, self.failed_before, self.returned)))

    @property
    def next(self) -> tuple[AudioFile, ...]:
        """The files of the next stage: those whose tags are read again, those to do, or those to measure."""
        return tuple(each.file for each in self.rereads) or self.todo or tuple(each.file for each in self.remeasures)

    @property
    def gone(self) -> tuple[str, ...]:
        """Paths of files that are no longer on disk."""
        return self.findings.gone


def models_of(kind: TrackKind, models: Mapping[str, str]) -> dict[str, str]:
    """The models, {role: fingerprint}, that a track of this kind is analysed with: a score is only embedded."""
    return {role: fingerprint for role, fingerprint in models.items() if kind == AUDIO or role == "embedder"}


def has_models(track: Track, models: Mapping[str, str]) -> bool:
    """Whether a track was analysed with those of the models, {role: fingerprint}, that it needs."""
    return all(track.models.get(role) == fingerprint for role, fingerprint in models_of(track.kind, models).items())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares by path, size and times. `models` is {role: fingerprint} of the models of an up-to-date track."""

    catalog: Catalog
    failures: FailureList
    models: Mapping[str, str]
    journal: Journal | None = None  # of the files in progress
    roots: Sequence[Path] = ()  # the folders that the user has named
    force: bool = False
    retry_failed: bool = False
    reread_tags: bool = False

    def plan(self, files: Sequence[AudioFile], scanned: Sequence[Path], unread: Iterable[str] = ()) -> Plan:
        """The plan for the files that a scan of these paths has found.

        `unread` are the paths that the scan could not read.
        """
        known: dict[str, tuple[FileRef, bool]] = {}
        separated: dict[str, list[str]] = {}  # fingerprint of another separator -> a file of each of its tracks
        stored: list[Stored] = []
        for track in self.catalog.tracks(WITH_HIDDEN):
            known |= {file.path: (file, has_models(track, self.models)) for file in track.files}
            if track.kind == AUDIO:  # a score has no file tags
                stored.append(Stored(track.id, track.files, track.tags_version, measured_version(track)))
            if self._is_by_another(track):
                separated.setdefault(track.models["separator"], []).append(track.files[0].path)
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
            elif not self.force and _is_current(known.get(path), file) and not _is_touched_score(known[path][0], file):
                unchanged.append(file)
            elif not self.force and self._is_back(missing.get(path), file):
                returned.append(Returned(file, missing[path][1]))
            else:
                todo.append(file)
        rereads = tuple(find_rereads(stored, unchanged, all_tracks=self.reread_tags))
        remeasures = tuple(find_remeasures(stored, unchanged, self._was_not_measured))
        read_again = {each.file for each in rereads}
        if self.journal is not None:
            todo.sort(key=self.journal.crash_count)  # files that may have crashed a run come last
        unseen = _unseen(files, scanned, unread, [ref for ref, _ in known.values()])
        return Plan(
            tuple(todo),
            tuple(file for file in unchanged if file not in read_again),
            tuple(failed),
            unseen.look(self.roots),
            len(known),
            rereads,
            remeasures,
            tuple(returned),
            unseen,
            _counted(separated, {str(file.path) for file in todo}),
        )

    def _is_by_another(self, track: Track) -> bool:
        """Whether the stems of a track were separated by another separator than that of this run."""
        made, wanted = track.models.get("separator"), self.models.get("separator")
        return bool(track.files) and None not in (made, wanted) and made != wanted

    def _failure_of(self, file: AudioFile) -> Failure | None:
        """The failure of this version of the file in an earlier run, including crashes of the run."""
        if self.journal is not None and (failure := self.journal.failure_for(file)) is not None:
            self.failures.add(failure)
            self.journal.finish(file)
        failure = self.failures.find(str(file.path), file.size, file.mtime_ns)
        if failure is None or failure.stage == MEASURE:  # such a file is in the library
            return None
        return failure if (failure.stage == SCORE) == (file.kind == SCORE) else None

    def _was_not_measured(self, file: AudioFile) -> bool:
        """Whether measuring this version of the file has failed in an earlier run, which is not to be repeated."""
        if self.retry_failed or self.force:
            return False
        failure = self.failures.find(str(file.path), file.size, file.mtime_ns)
        return failure is not None and failure.stage == MEASURE

    def _is_back(self, missing: tuple[FileRef, Track] | None, file: AudioFile) -> bool:
        """Whether a file is as it was before its track went missing."""
        return missing is not None and _is_current((missing[0], has_models(missing[1], self.models)), file)


def _counted(separated: Mapping[str, Sequence[str]], todo: Collection[str]) -> dict[str, tuple[int, int]]:
    again = {made: sum(path in todo for path in paths) for made, paths in separated.items()}
    return {made: (again[made], len(paths) - again[made]) for made, paths in separated.items()}


def _unseen(
    files: Iterable[AudioFile], scanned: Iterable[Path], unread: Iterable[str], stored: Sequence[FileRef]
) -> Unseen:
    on_disk = {str(file.path) for file in files}
    within = frozenset(map(str, scanned))
    return Unseen(
        tuple(ref for ref in stored if ref.path not in on_disk and is_below(ref.path, within)),
        tuple(ref for ref in stored if ref.path in on_disk),
        tuple(unread),
    )


def _is_current(known: tuple[FileRef, bool] | None, file: AudioFile) -> bool:
    """Whether a file is as it was stored, and its track has the current models."""
    return known is not None and known[1] and (known[0].size, known[0].mtime_ns) == (file.size, file.mtime_ns)


def _is_touched_score(stored: FileRef, file: AudioFile) -> bool:
    """Whether the bytes of a score may be others, although size and time are the same. Its hash is quickly compared."""
    return file.kind == SCORE and is_touched(stored, file)
