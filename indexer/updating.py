"""Bring a library up to date with files on disk. Shared by `index`, `watch`, `demo` and `migrate model`."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from catalog.catalog import Catalog
from indexer.failures import Failure, FailureList
from indexer.indexing import Indexing, Plan
from indexer.jobs import Outcome, Recipe
from indexer.journal import Journal
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.identifier import Identifier
from indexer.workers.local import open_backend
from indexer.workers.stage_times import Lane, StageTimes
from indexer.workers.workers import Workers
from polymuse.cpu import usable_cores


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


class Report(Protocol):
    """Receives the progress of a run."""

    def planned(self, plan: Plan, problems: Sequence[Failure], /) -> None:
        """Called with the plan before any file is opened. `problems`: paths that the scan could not read."""

    def running(self, plan: Plan, stop: Stop, /) -> AbstractContextManager[None]:
        """A context manager around the work; not called if there is nothing to do."""
        ...

    def add(self, outcome: Outcome, /) -> None:
        """Called for each finished file."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Options of a run."""

    force: bool = False  # analyse everything again
    retry_failed: bool = False
    prune: bool = False  # forget files that are gone
    dry_run: bool = False
    save_stems: Path | None = None
    ray_address: str | None = None  # of the cluster that runs the analysis; None: this machine


@dataclass(frozen=True, slots=True)
class Summary:
    """Results of a run, in addition to the outcomes of its files."""

    gone: tuple[str, ...] = ()  # paths that no longer exist and whose track has not moved
    times: StageTimes = field(default_factory=StageTimes)
    lanes: tuple[Lane, ...] = ()  # parallel lanes of the workers


def bring_up_to_date(
    target: Target,
    found: Iterable[AudioFile | Failure],
    roots: Sequence[Path],
    report: Report,
    stop: Stop,
    choices: Choices,
) -> Summary | None:
    """Analyse the files found by a scan of `roots` that the library does not have yet.

    Returns None for a dry run, and after a signal: tracks in progress are stored then, and nothing is pruned.
    Raises UnavailableError if the weights, the store or the workers cannot be used.
    """
    found = list(found)
    run = Indexing(
        target.catalog,
        target.failures,
        target.fingerprints,
        force=choices.force,
        retry_failed=choices.retry_failed,
        save_stems=choices.save_stems,
        journal=target.journal,
        moments=target.moments,
    )
    plan = run.plan([item for item in found if isinstance(item, AudioFile)], roots)
    report.planned(plan, [item for item in found if isinstance(item, Failure)])
    if choices.dry_run:
        return None
    lanes: tuple[Lane, ...] = ()
    if plan.todo:
        workers = _open_workers(target, plan, choices.ray_address, stop)
        with report.running(plan, stop), workers:
            run.run(plan, workers, report.add)
        lanes = workers.lanes
    if stop.signalled:
        return None
    gone = run.gone(plan)
    if choices.prune:
        run.prune(gone)
    return Summary(gone, run.times, lanes)


def _open_workers(target: Target, plan: Plan, ray_address: str | None, stop: Stop) -> Workers:
    todo = len(plan.todo)
    if ray_address is None:
        return Workers.local(open_backend(target.recipe, target.jobs, todo), stop)
    from indexer.workers.ray_machine import RunOptions, requirements
    from indexer.workers.ray_workers import RayWorkers

    options = RunOptions(target.recipe, target.jobs, todo, probe=plan.todo[0].path)
    cluster = RayWorkers(options, ray_address, requirements(target.recipe, target.fingerprints), stop)
    return Workers(Identifier.standalone(target.jobs or usable_cores()), cluster, stop)
