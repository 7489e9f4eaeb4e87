"""`polymuse export` and `polymuse import`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from polymuse.errors import NotFoundError, UserError

if TYPE_CHECKING:
    from catalog.store import Space
    from polymuse.settings import Settings

STANDARD = Path("-")  # stands for standard input or output

EXPORT_EPILOG = """\b
Examples:
  polymuse export library.jsonl
  polymuse export - | zstd > library.jsonl.zst

The format is described in docs/server.md. Vectors are exact to the bit; the music itself is not in it."""
IMPORT_EPILOG = """\b
Examples:
  polymuse import library.jsonl
  zstd -dc library.jsonl.zst | polymuse import -

What is there already is passed over, so an import that was interrupted goes on where it stopped."""


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; - for standard output.")],
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Write the library to a file: tracks, tags, vectors and segments."""
    from catalog import exchange
    from catalog.opening import open_catalog
    from cli.step_progress import step_progress
    from polymuse.settings import load_settings

    settings = load_settings(profile=profile)
    start = time.monotonic()
    with (
        open_catalog(settings, choose_space(settings)) as catalog,
        step_progress("Exporting", catalog.count()) as step,
    ):
        if file == STANDARD:
            tracks = exchange.export(catalog, sys.stdout.buffer, step)
        else:
            tracks = exchange.export_file(catalog, file, step)
    if file == STANDARD:  # where a summary would be taken for a part of the library
        return
    print_summary({"tracks": tracks, "bytes": file.stat().st_size, "seconds": _since(start)}, as_json=as_json)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `polymuse export` wrote; - for standard input.")],
    as_json: options.Json = False,
) -> None:
    """Add the tracks of an export to the library. A file that both know belongs to the imported track afterwards."""
    from catalog import exchange
    from catalog.opening import open_catalog
    from cli.step_progress import step_progress
    from polymuse.settings import load_settings

    settings = load_settings()
    start = time.monotonic()
    name = "standard input" if file == STANDARD else str(file)
    with _opened(file) as lines:
        header = exchange.read_header(lines, name)
        with open_catalog(settings, header.space) as catalog:
            with step_progress("Importing", header.tracks) as step:
                taken = exchange.take_over(catalog, exchange.read_entries(lines, header, name), step)
            summary = {"stored": taken.stored, "there_before": taken.there, "engine": catalog.place}
    print_summary({**summary, "seconds": _since(start)}, as_json=as_json)


def choose_space(settings: "Settings") -> "Space":
    """The space of the profile, or the only one there is. Raises UserError where that leaves none or several."""
    from catalog.opening import known_spaces
    from models.profiles import AUTO

    spaces = [space for space in known_spaces(settings) if settings.profile in (AUTO, space.profile)]
    if not spaces:
        raise NotFoundError("The library is empty", "Run `polymuse index` on a folder of music.")
    if len(spaces) > 1:
        names = ", ".join(space.profile for space in spaces)
        raise UserError(f"There are libraries of several profiles: {names}", "Choose one with --profile.")
    return spaces[0]


def print_summary(summary: dict[str, Any], *, as_json: bool) -> None:
    from cli import output

    if as_json:
        output.print_json({"summary": summary})
    else:
        output.print_table(("", ""), [(key.replace("_", " "), str(value)) for key, value in summary.items()])


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if file == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        handle = file.open("rb")
    except OSError as error:
        raise NotFoundError(
            f"Cannot read {file}: {error.strerror}", "Give a file that `polymuse export` wrote."
        ) from error
    with handle:
        yield handle


def _since(start: float) -> float:
    return round(time.monotonic() - start, 1)
