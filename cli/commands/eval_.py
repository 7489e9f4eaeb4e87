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
Paths are absolute or relative to the folder of QUERIES.jsonl. All tracks of the library compete."""

SOME_FAILED = 1  # exit status


def eval_(
    queries: Annotated[Path, typer.Argument(metavar="QUERIES.jsonl", help="Queries with their relevant tracks.")],
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Measure how well text queries find tracks, per language."""
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
