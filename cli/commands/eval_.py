"""`polymuse eval`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from polymuse.errors import UserError

if TYPE_CHECKING:
    from cli.evaluation.metrics import Metrics

EXAMPLES = """\b
Each line of QUERIES.jsonl is one object:
  {"text": "calm piano", "language": "en", "relevant": ["songs/a.mp3", "4f0c…-id"]}
Paths are absolute or relative to the folder of QUERIES.jsonl. All tracks of the library compete.

\b
Instead of a file, a task measures with the set that comes with Poly-Muse:
  polymuse eval names         names with typos, in many scripts, over a library of 400 tracks made for it
  polymuse eval parsing       300 sentences in 16 languages, read into names, limits, likeness and sound
  polymuse eval situations    160 sentences in 16 languages that mean concepts without naming them
  polymuse eval tags          labelled tracks of Debian's game music, as far as the library has them"""

TASKS = ("names", "parsing", "situations", "tags")
SOME_FAILED = 1  # exit status


def eval_(
    queries: Annotated[
        str, typer.Argument(metavar="QUERIES.jsonl|TASK", help=f"Queries with their tracks, or {', '.join(TASKS)}.")
    ],
    file: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="For a task, a set of your own.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Measure how well texts find tracks, per language, or how well they are understood."""
    if queries in TASKS:
        _measure(queries, file, library_name, profile, as_json=as_json)
    elif file is not None:
        raise UserError(f"--file goes with a task, and {queries!r} is none", f"The tasks are {', '.join(TASKS)}")
    else:
        _rank(Path(queries), library_name, profile, as_json=as_json)


def _measure(task: str, file: Path | None, library: str | None, profile: str | None, *, as_json: bool) -> None:
    from cli import output
    from cli.evaluation.tasks import measure
    from cli.progress import say

    measured = measure(task, file, library=library, profile=profile)
    used = {"profile": measured.profile} if measured.profile else {}
    if not as_json:
        of_profile = f", profile {measured.profile}" if measured.profile else ""
        say(output.messages(), f"{measured.remark}{of_profile}")
    for table in measured.tables:
        if as_json:
            for row in table.objects(task):
                output.print_json(row | used)
        else:
            output.print_table((table.by, *table.columns), table.cells(), right=table.columns)


def _rank(queries: Path, library_name: str | None, profile: str | None, *, as_json: bool) -> None:
    from cli import output
    from cli.evaluation.query_file import read_queries
    from cli.evaluation.retrieval import by_language, rank_queries
    from cli.progress import say
    from cli.session import open_library

    asked = read_queries(queries)
    with open_library(library=library_name, profile=profile) as library:
        ranked, unanswerable = rank_queries(library, asked, queries.parent)
        tracks = library.catalog.count()
        used = library.profile
    console = output.messages()
    for query in unanswerable:
        say(console, f"left out, none of its tracks is in the library: {query.text}")
    if not ranked:
        raise UserError("No query names a track of the library", "Index the music, or check the paths in `relevant`")
    figures = by_language(ranked)
    if as_json:
        left_out = {"left_out": len(unanswerable), "tracks": tracks, "profile": used}
        for language, found in figures.items():
            output.print_json({"language": language, **_as_dict(found)} | (left_out if language is None else {}))
    else:
        say(console, f"{len(ranked)} queries over {tracks} tracks, profile {used}")
        output.print_table(*_table(figures))
    if unanswerable:
        raise typer.Exit(SOME_FAILED)


def _as_dict(found: "Metrics") -> dict[str, object]:
    hits = {f"hit@{k}": round(share, 4) for k, share in found.hits.items()}
    return {"queries": found.queries, "mrr": round(found.mrr, 4), **hits, "median_rank": found.median_rank}


def _table(figures: "dict[str | None, Metrics]") -> tuple[list[str], list[list[object]], list[str]]:
    numbers = [list(_as_dict(found).values()) for found in figures.values()]
    columns = list(_as_dict(next(iter(figures.values()))))
    rows = [[language or "all", *row] for language, row in zip(figures, numbers, strict=True)]
    return ["language", *columns], rows, columns
