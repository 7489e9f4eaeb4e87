"""Brings a library up to date with files on disk, for whoever asks: `index`, `watch`, `demo`."""

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
    """The library that is brought up to date, and what with."""

    catalog: Catalog
    failures: FailureList
    journal: Journal
    recipe: Recipe
    fingerprints: dict[str, str]  # {role: fingerprint} of what an up-to-date track is made with
    moments: bool = True  # whether tracks are stored with their segments
    jobs: int | None = None  # worker processes; None: as the profile needs


class Report(Protocol):
    """Who is told what happens."""

    def planned(self, plan: Plan, problems: Sequence[Failure], /) -> None:
        """What there is to do, before any file is opened. `problems`: what the scan could not read."""

    def running(self, plan: Plan, stop: Stop, /) -> AbstractContextManager[None]:
        """Surrounds the work, where there is some."""
        ...

    def add(self, outcome: Outcome, /) -> None:
        """One file is done."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a run does beyond analysing what is new."""

    force: bool = False  # analyse everything again
    retry_failed: bool = False
    prune: bool = False  # forget files that are gone
    dry_run: bool = False
    save_stems: Path | None = None
    ray_address: str | None = None  # of the cluster that analyses; None: this machine does


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run beside the outcomes of its files."""

    gone: tuple[str, ...] = ()  # paths whose file is no longer there, nor elsewhere
    times: StageTimes = field(default_factory=StageTimes)
    lanes: tuple[Lane, ...] = ()  # what worked side by side


def bring_up_to_date(
    target: Target,
    found: Iterable[AudioFile | Failure],
    roots: Sequence[Path],
    report: Report,
    stop: Stop,
    choices: Choices,
) -> Summary | None:
    """Analyse what the library does not know yet of the files that a scan of `roots` found.

    None for a dry run, and for one that a signal has ended: what was under way then is stored, and nothing forgotten.
    Raises UnavailableError where the weights, the store or the workers cannot be used.
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
    from indexer.workers.ray_machine import Order, terms
    from indexer.workers.ray_workers import RayWorkers

    order = Order(target.recipe, target.jobs, todo, probe=plan.todo[0].path)
    cluster = RayWorkers(order, ray_address, terms(target.recipe, target.fingerprints), stop)
    return Workers(Identifier.alone(target.jobs or usable_cores()), cluster, stop)
