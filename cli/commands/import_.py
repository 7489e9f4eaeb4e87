"""`polymuse import`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from cli import options
from polymuse.errors import NotFoundError

EXAMPLES = """\b
Examples:
  polymuse import library.jsonl
  polymuse import library.jsonl --dry-run
  zstd -dc library.jsonl.zst | polymuse import -

Tracks that are already stored are skipped, so an interrupted import can be resumed."""


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `polymuse export` wrote; - for standard input.")],
    library_name: options.Library = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take every imported track, also if the library has a newer one.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and store nothing.")] = False,
    as_json: options.Json = False,
) -> None:
    """Add the tracks of an export to the library. Of two entries of a track or file, the newer one counts."""
    from catalog import exchange
    from catalog.opening import open_catalog, open_to_look
    from cli.conflicts import say_conflicts, say_descriptors
    from cli.output import print_summary
    from cli.step_progress import step_progress
    from polymuse.settings import load_settings

    settings = load_settings(library=library_name)
    start = time.monotonic()
    name = "standard input" if file == options.STANDARD_STREAM else str(file)
    with _open(file) as lines:
        header = exchange.read_header(lines, name)
        with (open_to_look if dry_run else open_catalog)(settings, header.space) as catalog:
            own = exchange.read_own(lines, header, name)
            lists = exchange.read_lists(lines, header, name)
            descriptors = exchange.take_descriptors(catalog, own, always=replace, dry_run=dry_run)
            with step_progress("Importing", header.tracks) as step:
                entries = exchange.read_entries(lines, header, name, dry_run=dry_run)
                taken = exchange.take_over(catalog, entries, step, always=replace, dry_run=dry_run)
            counts = {"stored": taken.stored, "there_before": taken.there, **say_conflicts(taken)}
            counts |= say_descriptors(descriptors)
            playlists = exchange.take_playlists(catalog, lists, dry_run=dry_run)
            counts |= {"playlists": playlists} if playlists else {}
            summary = {**counts, "engine": catalog.place}
    print_summary({**summary, "seconds": round(time.monotonic() - start, 1)}, as_json=as_json)


@contextmanager
def _open(file: Path) -> Iterator[IO[bytes]]:
    if file == options.STANDARD_STREAM:
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
