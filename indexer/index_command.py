"""`polymuse index`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer import options
from polymuse.errors import UserError

EPILOG = """Examples:

  polymuse index ~/Music

  polymuse index ~/Music --stems none --jobs 1

  polymuse index ~/Music --prune --retry-failed

Files that have not changed are skipped. A file that was renamed, moved or retagged is recognised by its audio and only
its entry is updated. Ctrl-C is safe at any time; the same command goes on where it stopped."""


def index(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders, searched recursively, or files.")],
    profile: options.Profile = None,
    stems: options.Stems = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default one per core.")] = None,
    force: Annotated[bool, typer.Option(help="Analyse everything again.")] = False,
    retry_failed: Annotated[bool, typer.Option(help="Try files again that failed before.")] = False,
    prune: Annotated[bool, typer.Option(help="Forget files below PATH that are no longer there.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    save_stems: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Separate whole tracks and keep the stems as WAV below DIR.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Analyse music and add it to the library."""
    from indexer.failures import Failure
    from indexer.index_report import Report
    from indexer.indexing import Indexing
    from indexer.library import open_library
    from indexer.scan import AudioFile, scan
    from indexer.workers import Workers

    roots = [path.absolute() for path in paths]
    found = list(scan(roots))
    files = [item for item in found if isinstance(item, AudioFile)]
    report = Report(as_json=as_json)
    with open_library(profile=profile, stems=stems, jobs=jobs) as library:
        recipe = library.recipe
        if save_stems and not recipe.stems:
            raise UserError("--save-stems needs stems", "Leave out --stems none")
        run = Indexing(library.catalog, library.failures, library.fingerprints, force, retry_failed, save_stems)
        plan = run.plan(files, roots)
        report.planned(plan, [item for item in found if isinstance(item, Failure)])
        if dry_run:
            report.preview(plan)
            return
        with Workers(recipe, min(library.settings.jobs, max(1, len(plan.todo)))) as workers, report.progress(plan):
            run.run(plan, workers, report.add)
        if prune:
            run.prune(plan)
        report.summary(pruned=len(plan.gone) if prune else 0)
    raise typer.Exit(report.exit_code)
