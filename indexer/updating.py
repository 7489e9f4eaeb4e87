"""Bring a library up to date with files on disk. Shared by `index`, `watch`, `demo` and `migrate model`."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from catalog.catalog import Catalog
from catalog.descriptor_upkeep import own_descriptors
from indexer.comparing import Comparison, Plan
from indexer.failures import Failure, FailureList
from indexer.indexing import Indexing
from indexer.jobs import Outcome, Recipe
from indexer.journal import Journal
from indexer.missing import bring_back, sweep
from indexer.presence import OutOfSight, too_many_gone
from indexer.remeasuring import remeasure
from indexer.rereading import reread
from indexer.scan import AudioFile
from indexer.separator_notes import with_notes
from indexer.stopping import Stop
from indexer.workers.identifier import Identifier
from indexer.workers.local import open_backend
from indexer.workers.measurer import Measurer
from indexer.workers.stage_times import Lane, StageTimes
from indexer.workers.workers import Workers
from indexer.written_tags import WrittenTags
from polymuse.cpu import usable_cores
from polymuse.indexed_folders import IndexedFolders


@dataclass(frozen=True, slots=True)
class Target:
    """The library to bring up to date, and the settings for it."""

    catalog: Catalog
    failures: FailureList
    journal: Journal
    recipe: Recipe
    fingerprints: dict[str, str]  # {role: fingerprint} of the models of an up-to-date track
    moments: bool = True  # whether tracks are stored with their segments
    jobs: int | None = None  # worker processes; None: the default of the profile
    background: bool = False  # whether the workers have the lowest priority
    tag_encoding: str = "auto"  # of file tags that do not declare theirs
    keep_missing_days: int = 30  # for which forgotten tracks are kept as missing
    scores: tuple[str, ...] = ()  # suffixes of the scores that a scan takes in
    folders: IndexedFolders | None = None  # where the folders of this run are recorded
    written: WrittenTags | None = None  # what was written into files, which does not count as theirs


class Report(Protocol):
    """Receives the progress of a run."""

    def planned(self, plan: Plan, problems: Sequence[Failure], /) -> None:
        """Called with the plan before any file is opened. `problems`: paths that the scan could not read."""

    def running(self, plan: Plan, stop: Stop, /) -> AbstractContextManager[None]:
        """A context manager around the work on `plan.next`; called again for the next stage of the plan."""
        ...

    def add(self, outcome: Outcome, /) -> None:
        """Called for each finished file."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """Options of a run."""

    force: bool = False  # analyse everything again
    retry_failed: bool = False
    prune: bool = False  # forget files that are gone
    sure: bool = False  # with `prune`: forget files that may only be out of sight, and any number of them
    agreed: int = 0  # with `prune`: so many files may be forgotten at once, even if they are too many otherwise
    dry_run: bool = False
    reread_tags: bool = False  # read the tags of all files again
    save_stems: Path | None = None
    ray_address: str | None = None  # of the cluster that runs the analysis; None: this machine
    gives_way: Callable[[], bool] = _never  # whether stored tracks are no longer to be measured, as other work waits


@dataclass(frozen=True, slots=True)
class Summary:
    """Results of a run, in addition to the outcomes of its files."""

    gone: tuple[str, ...] = ()  # paths that no longer exist and whose track has not moved; kept in the library
    forgotten: tuple[str, ...] = ()  # paths that were removed from the library
    out_of_sight: tuple[OutOfSight, ...] = ()  # files that may come back; kept in the library
    too_many_gone: bool = False  # nothing was forgotten, because too much was gone at once
    times: StageTimes = field(default_factory=StageTimes)
    lanes: tuple[Lane, ...] = ()  # parallel lanes of the workers
    unmeasured: int = 0  # tracks that were to be measured when the run gave way to other work


def bring_up_to_date(
    target: Target,
    found: Iterable[AudioFile | Failure],
    scanned: Sequence[Path],
    report: Report,
    stop: Stop,
    choices: Choices,
    roots: Sequence[Path] = (),
) -> Summary | None:
    """Analyse the files found by a scan of the paths `scanned` that the library does not have yet.

    `roots` are the folders that the user has named; by default the scanned paths.

    Returns None for a dry run, and after a signal: tracks in progress are stored then, and nothing is pruned.
    Raises UnavailableError if the weights, the store or the workers cannot be used.
    """
    found = list(found)
    roots = roots or scanned
    comparison = Comparison(
        target.catalog,
        target.failures,
        target.fingerprints,
        target.journal,
        roots,
        force=choices.force,
        retry_failed=choices.retry_failed,
        reread_tags=choices.reread_tags,
    )
    problems = [item for item in found if isinstance(item, Failure)]
    plan = comparison.plan(
        [item for item in found if isinstance(item, AudioFile)], scanned, [problem.path for problem in problems]
    )
    plan = with_notes(plan, target.recipe, target.fingerprints)
    run = Indexing(
        target.catalog,
        target.failures,
        target.fingerprints,
        force=choices.force,
        save_stems=choices.save_stems,
        journal=target.journal,
        moments=target.moments,
        roots=roots,
        keep_missing=target.keep_missing_days > 0,
        written=target.written,
    )
    report.planned(plan, problems)
    if choices.dry_run:
        return None
    if target.folders is not None:
        target.folders.add(roots)
    lanes: tuple[Lane, ...] = ()
    for outcome in bring_back(target.catalog, plan.returned):
        report.add(outcome)
    if plan.rereads:
        plan = _reread(target, plan, report, stop)
    if plan.todo and not stop.requested:
        workers = _open_workers(target, plan, choices.ray_address, stop)
        with report.running(plan, stop), workers:
            run.run(plan, workers, report.add)
        lanes = workers.lanes
    unmeasured = 0
    if plan.remeasures and not stop.requested:
        unmeasured = _remeasure(target, plan, report, stop, choices.gives_way)
    if stop.signalled:
        return None
    sweep(target.catalog, target.keep_missing_days)
    findings = run.look_again(plan.unseen)
    summary = Summary(
        findings.gone, out_of_sight=findings.out_of_sight, times=run.times, lanes=lanes, unmeasured=unmeasured
    )
    return _pruned(run, plan, summary, choices) if choices.prune else summary


def _reread(target: Target, plan: Plan, report: Report, stop: Stop) -> Plan:
    """Read tags again. Returns the plan for the files that are left, including those whose audio must be compared."""
    left = {str(each.file.path): each for each in plan.rereads}
    jobs = min(target.jobs or usable_cores(), len(left))
    identifier = Identifier.standalone(jobs, target.tag_encoding, background=target.background)
    compare: list[AudioFile] = []
    with_audio = any(each.decoded_before for each in left.values())
    try:
        with report.running(plan, stop):
            while left and not stop.requested:
                stop.wait()
                files = [each.file for each in left.values()]
                readings = identifier.read_tags(files, lambda: stop.halted, with_audio=with_audio)
                compare += reread(target.catalog, left, readings, report.add, target.written)
    finally:
        identifier.release()
    return replace(plan, todo=(*compare, *plan.todo), rereads=())


def _remeasure(target: Target, plan: Plan, report: Report, stop: Stop, gives_way: Callable[[], bool]) -> int:
    """Measure stored tracks, but for those whose files this run has analysed. Returns how many are left."""
    done = {str(file.path) for file in plan.todo}
    left = {path: each for each in plan.remeasures if (path := str(each.file.path)) not in done}
    if not left:
        return 0
    jobs = min(target.jobs or usable_cores(), len(left))
    measurer = Measurer(jobs, target.recipe.max_seconds, background=target.background)
    try:
        with report.running(replace(plan, todo=(), rereads=(), remeasures=tuple(left.values())), stop):
            while left and not stop.requested and not gives_way():
                if stop.paused:
                    measurer.release()
                    stop.wait()
                files = [each.file for each in left.values()]
                results = measurer.measure(files, lambda: stop.halted or gives_way())
                remeasure(target.catalog, target.failures, left, results, report.add)
    finally:
        measurer.release()
    return len(left)


def _pruned(run: Indexing, plan: Plan, summary: Summary, choices: Choices) -> Summary:
    """Forget files that are gone, unless they are too many; if the user is sure, all that were not found."""
    if choices.sure:
        hidden = (path for folder in summary.out_of_sight for path in folder.paths)
        summary = replace(summary, gone=(*summary.gone, *hidden), out_of_sight=())
    elif len(summary.gone) > choices.agreed and too_many_gone(len(summary.gone), plan.known):
        return replace(summary, too_many_gone=True)
    run.prune(summary.gone)
    return replace(summary, gone=(), forgotten=summary.gone)


def _open_workers(target: Target, plan: Plan, ray_address: str | None, stop: Stop) -> Workers:
    todo = len(plan.todo)
    recipe = replace(target.recipe, own=own_descriptors(target.catalog))  # those added later count in the next run
    if ray_address is None:
        backend = open_backend(recipe, target.jobs, todo, background=target.background)
        return Workers.local(backend, stop, target.tag_encoding)
    from indexer.workers.ray_machine import RunOptions, requirements
    from indexer.workers.ray_workers import RayWorkers

    options = RunOptions(recipe, target.jobs, todo, probe=plan.todo[0].path)
    cluster = RayWorkers(options, ray_address, requirements(recipe, target.fingerprints), stop)
    return Workers(Identifier.standalone(target.jobs or usable_cores(), target.tag_encoding), cluster, stop)
