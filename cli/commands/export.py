"""`polymuse export`."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from polymuse.errors import NotFoundError, UserError
from polymuse.paths import printable

if TYPE_CHECKING:
    from catalog.store import Space
    from polymuse.settings import Settings

EXAMPLES = """\b
Examples:
  polymuse export library.jsonl
  polymuse export - | zstd > library.jsonl.zst

The format is described in docs/server.md. Vectors are exact to the bit; audio is not included."""


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; - for standard output.")],
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Write tracks, tags, vectors and segments to a file."""
    from catalog import exchange
    from catalog.opening import open_catalog
    from cli.output import print_summary
    from cli.step_progress import step_progress
    from polymuse.settings import load_settings

    if file.is_dir():
        raise UserError(f"{printable(file)} is a folder", "Name a file, such as library.jsonl")
    settings = load_settings(library=library_name, profile=profile)
    start = time.monotonic()
    with (
        open_catalog(settings, _choose_space(settings)) as catalog,
        step_progress("Exporting", exchange.count_all(catalog)) as step,
    ):
        if file == options.STANDARD_STREAM:
            tracks = exchange.export(catalog, sys.stdout.buffer, step)
        else:
            tracks = exchange.export_file(catalog, file, step)
    if file == options.STANDARD_STREAM:  # a summary would mix with the exported data
        return
    seconds = round(time.monotonic() - start, 1)
    print_summary({"tracks": tracks, "bytes": file.stat().st_size, "seconds": seconds}, as_json=as_json)


def _choose_space(settings: "Settings") -> "Space":
    """The space of the profile, or the only one. Raises UserError if there is none, or more than one."""
    from catalog.opening import known_spaces
    from models.profiles import AUTO

    spaces = [space for space in known_spaces(settings) if settings.profile in (AUTO, space.profile)]
    if not spaces:
        raise NotFoundError("The library is empty", "Run `polymuse index` on a folder of music.")
    if len(spaces) > 1:
        names = ", ".join(space.profile for space in spaces)
        raise UserError(f"There are libraries of several profiles: {names}", "Choose one with --profile.")
    return spaces[0]
