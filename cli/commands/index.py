"""`polymuse index`."""

import math
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from models.profiles import profiles_that
from polymuse.errors import UserError
from polymuse.permissions import directory_for_user

if TYPE_CHECKING:
    from cli.index_report import Report
    from cli.session import Library
    from indexer.scan import Scan
    from indexer.stopping import Stop
    from indexer.updating import Choices

EXAMPLES = """\b
Examples:
  polymuse index ~/Music
  polymuse index ~/Music --stems none --jobs 1
  polymuse index ~/Music --profile clamp3 --separator spleeter --excerpts quick    without a GPU
  polymuse index ~/Music ~/Scores --scores
  polymuse index ~/Music --prune --exclude Podcasts/ --exclude '*.wav'
  find ~/Music -newer last -print0 | polymuse index --files-from -
  polymuse index /mnt/music --engine ray --address head:6379

Files that have not changed are skipped. A file that was renamed, moved or retagged is recognised by its audio, and only
its entry is updated. Ctrl-C finishes the tracks in progress and stops; a second Ctrl-C stops at once. Run the same
command again to resume."""


class Engine(StrEnum):
    """Where analysis runs."""

    LOCAL = "local"
    RAY = "ray"


def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Folders, searched recursively, or files.")
    ] = None,
    files_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Index what FILE lists, by lines or NUL; - for standard input."),
    ] = None,
    exclude: options.Exclude = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
    excerpts: options.Excerpts = None,
    stems: options.Stems = None,
    separator: options.Separator = None,
    overlap: options.Overlap = None,
    scores: options.Scores = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Worker processes; default: one per core as far as the memory allows, one in all for "
            f"{profiles_that(lambda each: each.jobs == 1)}.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Analyse everything again.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Retry files that failed before.")] = False,
    reread_tags: Annotated[
        bool,
        typer.Option("--reread-tags", help="Read the file tags of all files again, without analysing them."),
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Forget files below PATH that are no longer there.")] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="With --prune: forget files that may only be out of sight as well, however many."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    save_stems: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Separate whole tracks and keep the stems as WAV below DIR.")
    ] = None,
    moments: Annotated[
        bool | None,
        typer.Option(
            "--moments/--no-moments",
            help="Store segment vectors, which locate moments within tracks; without them the store is smaller.",
        ),
    ] = None,
    max_hours: Annotated[
        float, typer.Option(metavar="H", min=0, help="Stop after H hours; run the same command again to resume.")
    ] = math.inf,
    low_impact: Annotated[
        bool, typer.Option("--low-impact", help="Run at the lowest priority on half of the cores.")
    ] = False,
    pause: Annotated[
        str | None, typer.Option(metavar="TIMES", help="Pause at these times of the day, e.g. 09:00-18:30.")
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="Where analysis runs: on this machine, or on all machines of a Ray cluster (extra [ray])."),
    ] = Engine.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Address of the Ray cluster; default: auto, the one this machine belongs to."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Analyse music and add it to the library."""
    from cli.index_report import Report
    from cli.low_impact import lower_priority
    from cli.scanning import all_patterns, present, read_list
    from cli.session import open_library
    from indexer.scan import scan, scan_listed
    from indexer.stopping import Stop
    from indexer.updating import Choices
    from polymuse.paths import normal
    from polymuse.pause import Pause

    if yes and not prune:
        raise UserError("--yes belongs to --prune", "Leave it out, or add --prune")
    try:
        hours = Pause.parse(pause) if pause is not None else None
    except ValueError as error:
        raise UserError(f"--pause: {error}", "Write it like 09:00-18:30") from None
    ray_address = _ray_address(engine, address, low_impact=low_impact)
    if low_impact:
        lower_priority()
    report = Report(as_json=as_json, preview=dry_run)
    flags = {"profile": profile, "device": device, "stems": stems, "separator": separator, "overlap": overlap}
    flags |= {"jobs": jobs, "moments": moments, "scores": scores, "excerpts": excerpts}
    if (files_from is None) == (not paths):
        raise UserError("Either PATH or --files-from is needed", "Name a folder, such as ~/Music")
    roots = [normal(path) for path in paths or ()] if files_from is None else read_list(files_from)
    with open_library(create=True, library=library_name, **flags) as library:
        if not library.recipe.stems and save_stems:
            raise UserError("--save-stems needs stems", "Leave out --stems none or --separator none")
        if not library.recipe.stems and overlap is not None:
            raise UserError("--overlap needs stems", "Leave out --overlap, or --stems none or --separator none")
        if save_stems and not dry_run:
            _create(save_stems)
        _say_what_is_taken(library, roots)
        choices = Choices(
            force=force,
            retry_failed=retry_failed,
            prune=prune,
            sure=yes,
            dry_run=dry_run,
            reread_tags=reread_tags,
            save_stems=save_stems,
            ray_address=ray_address,
        )
        stop = Stop(3600 * max_hours, hours)
        patterns = all_patterns(exclude, library.settings)
        if files_from is None:
            found = scan(present(roots, library), patterns, library.scores)
        else:
            found = scan_listed(roots, patterns, library.scores)
        update(library, found, roots, report, choices, stop)
    raise typer.Exit(report.exit_code)


def _say_what_is_taken(library: "Library", roots: Sequence[Path]) -> None:
    from cli.scanning import scores_not_taken
    from models.profiles import AUTO

    if library.settings.profile == AUTO:
        typer.echo(f"Profile: {library.profile}", err=True)
    if line := scores_not_taken(roots, library):
        typer.echo(line, err=True)


def _create(directory: Path) -> None:
    """Create the directory of the stems before anything is analysed. Raises UserError."""
    try:
        directory_for_user(directory)
    except OSError as error:
        raise UserError(
            f"Cannot write stems to {directory}: {error.strerror}", "Choose another --save-stems"
        ) from error


def _ray_address(engine: Engine, address: str | None, *, low_impact: bool) -> str | None:
    if engine is Engine.LOCAL:
        if address is not None:
            raise UserError("--address needs --engine ray", "Leave it out, or add --engine ray")
        return None
    if low_impact:
        raise UserError("--low-impact applies to this machine only", "Leave it out, or leave out --engine ray")
    return address or "auto"


def update(
    library: "Library",
    found: "Scan",
    roots: Sequence[Path],
    report: "Report",
    choices: "Choices | None" = None,
    stop: "Stop | None" = None,
) -> None:
    """Bring the library up to date with the files that a scan of the roots finds, and report the results.

    Raises Interrupted after a signal, once the tracks in progress are stored.
    """
    from cli.playlist_folder import renew as renew_playlists
    from indexer.stopping import Stop
    from indexer.updating import Choices, bring_up_to_date
    from models.profiles import PROFILES

    stop = stop or Stop()
    choices = choices or Choices()
    summary = bring_up_to_date(library.target, found, roots, report, stop, choices)
    report.left_out(found.left_out)
    report.scores_passed(found.scores_passed if PROFILES[library.profile].score_suffixes else 0)
    stop.check()
    if summary is not None:
        library.write_bank()
        renew_playlists(library)
        report.summary(summary, pruned=choices.prune or not all(map(os.path.lexists, roots)))
