"""`polymuse score` and `polymuse eval`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from polymuse.errors import UserError

if TYPE_CHECKING:
    from cli.evaluation.metrics import Metrics

SOME_FAILED = 1

SCORE_EPILOG = """\b
Examples:
  polymuse score a.mp3 b.mp3
  polymuse score descriptions/ recordings/
  polymuse score vectors-a/ vectors-b/ vectors-c/

A folder is a group: its .npy, .txt and audio files, not those of folders in it. Pairs are files of one name up to the
first dot. See docs/analyze.md for the definitions."""

EVAL_EPILOG = """\b
Each line of QUERIES.jsonl is one object:
  {"text": "calm piano", "language": "en", "relevant": ["songs/a.mp3", "4f0c…-id"]}
Paths are absolute or relative to the folder of QUERIES.jsonl. All tracks of the library compete."""


def score(
    references: Annotated[
        list[str],
        typer.Argument(metavar="A B ...", help="Audio, .txt or .npy files, folders of them, or ids of tracks."),
    ],
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Say how similar files or groups of files are: mean cosine of pairs, and cosine of the means."""
    from itertools import combinations

    from cli import output
    from cli.evaluation.metrics import check_same_dim, group_score, pair_scores
    from cli.evaluation.vector_groups import VectorGroups
    from cli.progress import say

    if len(references) < 2:
        raise UserError("At least two files, folders or tracks are needed")
    console = output.messages()
    with VectorGroups(profile, lambda line: say(console, line)) as groups:
        read = [(reference, groups.read(reference)) for reference in references]
    check_same_dim(dict(read))
    rows = []
    for (name, group), (other_name, other) in combinations(read, 2):
        pairs = pair_scores(group, other)
        mean = sum(pairs.values()) / len(pairs) if pairs else None
        whole = group_score(group, other)
        rows.append((name, other_name, mean, len(pairs), whole))
        if as_json:
            rounded = {key: round(value, 6) for key, value in pairs.items()}
            scores = {"pairwise": mean if mean is None else round(mean, 6), "group": round(whole, 6)}
            output.print_json({"a": name, "b": other_name, **scores, "pairs": rounded})
    if not as_json:
        shown = [(a, b, "" if mean is None else f"{mean:.4f}", n, f"{whole:.4f}") for a, b, mean, n, whole in rows]
        output.print_table(("A", "B", "pairwise", "pairs", "group"), shown, right=("pairwise", "pairs", "group"))


def evaluate(
    queries: Annotated[Path, typer.Argument(metavar="QUERIES.jsonl", help="Queries and the tracks that answer them.")],
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Measure how well text queries find the tracks that answer them, per language."""
    from cli import output
    from cli.evaluation.query_file import read_queries
    from cli.evaluation.retrieval import by_language, rank_queries
    from cli.progress import say
    from cli.session import open_library

    asked = read_queries(queries)
    with open_library(profile=profile) as library:
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
