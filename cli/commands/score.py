"""`polymuse score`."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError

EXAMPLES = """\b
Examples:
  polymuse score a.mp3 b.mp3
  polymuse score tune.mid song.mp3
  polymuse score descriptions/ recordings/
  polymuse score vectors-a/ vectors-b/ vectors-c/

A folder is a group: its .npy, .txt and audio files and scores, without subfolders. Files whose names agree up to the
first dot are pairs. See docs/analyze.md for the definitions."""


def score(
    references: Annotated[
        list[str],
        typer.Argument(metavar="A B ...", help="Audio, scores, .txt or .npy files, folders of them, or ids of tracks."),
    ],
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Measure how similar files or groups of files are.

    Printed are the mean cosine of pairs, and the cosine of the means.
    """
    from itertools import combinations

    from cli import output
    from cli.evaluation.metrics import check_same_dim, group_score, pair_scores
    from cli.evaluation.vector_groups import VectorGroups
    from cli.progress import say

    if len(references) < 2:
        raise UserError("At least two files, folders or tracks are needed")
    console = output.messages()
    with VectorGroups(profile, lambda line: say(console, line), library_name) as groups:
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
