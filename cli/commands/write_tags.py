"""`polymuse write-tags`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from polymuse.errors import UserError

if TYPE_CHECKING:
    from indexer.tag_writing.planning import Overwrite

EXAMPLES = """\b
Examples:
  polymuse write-tags
  polymuse write-tags --where 'artist:"Nina Simone"' --fields mood,bpm,key,replaygain
  polymuse write-tags --write --limit 10
  polymuse write-tags --list
  polymuse write-tags --undo last --write

Nothing changes without --write. What a person has written stays, unless with --overwrite always. docs/write_tags.md
has the tags of each kind of file, and what is checked before a file is replaced."""


def write_tags(
    where: options.Where = "",
    fields: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="What to write, separated by commas: mood, genre, bpm, key, grouping (instruments and textures), "
            "replaygain, scores (all tags with their confidence, as POLYMUSE_TAGS).",
        ),
    ] = "mood,bpm,key",
    min_confidence: Annotated[
        float,
        typer.Option(metavar="0..1", min=0.0, max=1.0, help="Of moods, genres, tempo and key that are written."),
    ] = 0.6,
    overwrite: Annotated[
        str,
        typer.Option(
            metavar="never|ours|always",
            help="Fields that have a value: leave them; replace those that Poly-Muse wrote and nobody changed since; "
            "or replace all.",
        ),
    ] = "ours",
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="Change N files at most; default: all.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change the files. Without it, only say what would.")] = False,
    keep_mtime: Annotated[
        bool, typer.Option("--keep-mtime", help="Keep the modification times; other players may not see new tags then.")
    ] = False,
    split_links: Annotated[
        bool,
        typer.Option("--split-links", help="Files with several names (hard links): give this one a file of its own."),
    ] = False,
    undo: Annotated[
        str, typer.Option(metavar="RUN|last", help="Take back what a run has written, where nobody changed it since.")
    ] = "",
    list_runs: Annotated[bool, typer.Option("--list", help="List the runs that have written tags.")] = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Write moods, tempo, key and more into the tags of the files, for other players.

    Shows what would change, unless with --write. A journal keeps all former values, and --undo brings them back.
    """
    from catalog.filters import parse_filter
    from cli import output, tag_changes
    from cli.filter_words import check_words
    from cli.progress import say
    from cli.session import open_library
    from indexer.tag_writing.replacing import Options
    from indexer.tag_writing.run_journal import RunJournal

    chosen, names = parse_filter(where), _names(fields)
    kind = _overwrite(overwrite)
    if undo and (where or limit is not None or list_runs):
        raise UserError("--undo takes back a whole run", "Leave out --where, --limit and --list")
    with open_library(library=library_name, profile=profile) as library:
        journal = RunJournal(library.settings.layout.written_tags)
        if list_runs:
            tag_changes.print_runs(journal, as_json=as_json)
            return
        how = Options(keep_mtime=keep_mtime, split_links=split_links)
        if keep_mtime and write:
            say(output.messages(), "Modification times stay: players such as Navidrome do not read these files again.")
        if undo:
            counts = tag_changes.take_back(library, journal, undo, how, write=write, as_json=as_json)
        else:
            check_words(chosen, library)
            asked = tag_changes.Asked(chosen, names, min_confidence, kind, limit)
            counts = tag_changes.write(library, journal, asked, how, write=write, as_json=as_json)
    if counts["failed"]:
        raise typer.Exit(1)


def _names(fields: str) -> tuple[str, ...]:
    from indexer.tag_writing.fields import FIELDS

    names = tuple(dict.fromkeys(name.strip().casefold() for name in fields.split(",") if name.strip()))
    unknown = [name for name in names if name not in FIELDS]
    if unknown or not names:
        wrong = f'There is no field "{unknown[0]}"' if unknown else "--fields names no field"
        raise UserError(wrong, f"There are: {', '.join(FIELDS)}")
    return names


def _overwrite(text: str) -> "Overwrite":
    from indexer.tag_writing.planning import OVERWRITES

    if text not in OVERWRITES:
        raise UserError(f"--overwrite is {text!r}", f"There are: {', '.join(OVERWRITES)}")
    return OVERWRITES[OVERWRITES.index(text)]
