"""`polymuse remove`."""

import sys
from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError

EXAMPLES = """\b
Examples:
  polymuse remove ~/Music/Podcasts
  polymuse remove --where 'genre:Audiobook' --dry-run
  polymuse remove 6fa459ea-ee8a-5ca4-894e-db77e160355e --yes

The files stay on the disk. `polymuse index` adds those again that it still finds: a line in a file .polymuseignore
(docs/indexing.md) keeps them out."""


def remove(
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|ID", help="Files, folders with all that is below, or ids of tracks."),
    ] = None,
    where: options.Where = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Remove tracks from the library; their files stay."""
    if bool(references) == bool(where):
        raise UserError("Either PATH|ID or --where is needed", "To remove everything: --where 'duration:0..'")
    from catalog.filters import parse_filter
    from cli.filter_words import check_words
    from cli.removing import chosen_by, describe, matching, remove_all
    from cli.session import open_library

    chosen = parse_filter(where)
    with open_library(library=library_name, profile=profile) as library:
        check_words(chosen, library)
        leaving = matching(library, chosen) if where else chosen_by(library, references or [])
        describe(leaving, as_json=as_json)
        if not dry_run and leaving and (yes or _agreed(len(leaving), as_json=as_json)):
            remove_all(library, leaving)


def _agreed(number: int, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UserError("Nothing was removed, as nobody can be asked", "Add --yes, or --dry-run to only see it")
    return typer.confirm(f"Remove {number} of these from the library?" if number > 1 else "Remove it?", err=True)
