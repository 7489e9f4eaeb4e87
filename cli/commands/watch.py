"""`polymuse watch`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options

if TYPE_CHECKING:
    from cli.session import Library
    from indexer.failures import Failure
    from indexer.jobs import Outcome
    from indexer.stopping import Stop

EXAMPLES = """\b
Examples:
  polymuse watch ~/Music
  polymuse watch ~/Music --prune

First everything below PATH is brought up to date, as `polymuse index` does it; then every change is followed once it
has come to rest, a line for each. Ctrl-C ends it."""


def watch(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders, watched with all that is below them.")],
    profile: options.Profile = None,
    device: options.Device = None,
    stems: options.Stems = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget files that are deleted.")] = False,
    as_json: options.Json = False,
) -> None:
    """Keep the library up to date while files come, move, change and go."""
    from cli.output import messages
    from cli.progress import say
    from cli.session import open_library
    from cli.watching import changes
    from indexer.stopping import Stop

    def tell(line: str) -> None:
        say(messages(), line)

    stop = Stop()
    with open_library(profile=profile, device=device, stems=stems) as library, stop.on_signals():
        for changed in changes([path.absolute() for path in paths], stop, tell):
            follow(library, changed, stop, _Lines(as_json), prune=prune)


def follow(library: "Library", changed: Sequence[Path], stop: "Stop", report: "_Lines", *, prune: bool) -> None:
    """Bring the library up to date with these files and folders, some of which may be gone."""
    from indexer.failures import Failure
    from indexer.indexing import Indexing
    from indexer.scan import AudioFile, scan_changed
    from indexer.workers.gpu_workers import open_workers

    found = list(scan_changed(changed))
    for problem in found:
        if isinstance(problem, Failure):
            report.failed(problem)
    run = Indexing(library.catalog, library.failures, library.fingerprints, moments=library.settings.moments)
    plan = run.plan([item for item in found if isinstance(item, AudioFile)], changed)
    if plan.todo:
        with open_workers(library.recipe, library.settings.jobs, len(plan.todo), stop) as workers:
            run.run(plan, workers, report.add)
    gone = tuple(path for path in plan.gone if library.catalog.find_by_path(path))  # others have moved
    if prune:
        run.prune(replace(plan, gone=gone))
    for path in gone:
        report.gone(path, forgotten=prune)


class _Lines:
    """A line for every change."""

    def __init__(self, as_json: bool) -> None:
        from cli.output import messages

        self._as_json = as_json
        self._console = messages()

    def add(self, outcome: "Outcome") -> None:
        if outcome.failure is not None:
            self._say(outcome.path, outcome.status, f"failed: {outcome.failure}")
        else:
            self._say(outcome.path, outcome.status)

    def failed(self, problem: "Failure") -> None:
        self._say(problem.path, "failed", f"failed: {problem}")

    def gone(self, path: str, *, forgotten: bool) -> None:
        if forgotten:
            self._say(path, "forgotten")
        else:
            self._say(path, "gone", f"gone: {path} (--prune forgets it)")

    def _say(self, path: str, status: str, line: str = "") -> None:
        from cli.output import print_json
        from cli.progress import say

        if self._as_json:
            print_json({"path": path, "status": status})
        say(self._console, line or f"{status}: {path}")
