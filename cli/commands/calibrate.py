"""`polymuse calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from polymuse.errors import UserError
from polymuse.permissions import write_for_user

if TYPE_CHECKING:
    from cli.session import Library
    from models.tagging.calibration import Pairs

EXAMPLES = """\b
A label is one line: {"track": "/music/a.flac", "slug": "calm", "applies": true}
Categories with fewer than 20 labels, or fewer than 5 of either kind, keep their calibration. Run `polymuse retag`
afterwards."""

MIN_LABELS = 20  # per category
MIN_OF_A_KIND = 5  # labels with "applies" true, and labels with false


def calibrate(
    labels: Annotated[
        Path | None, typer.Argument(metavar="[LABELS.jsonl]", help="Tracks, tags, and whether they apply.")
    ] = None,
    from_marks: Annotated[
        bool, typer.Option("--from-marks", help="Take the tags that you have said are wrong as labels, too.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Write a reliability diagram.")] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Calibrate the confidence of tags on tracks you have labelled."""
    from cli import output
    from cli.session import open_library
    from indexer import retagging
    from indexer.stopping import deferred

    if labels is None and not from_marks:
        raise UserError("There are no labels", "Give a file of labels, --from-marks, or both")
    read = [] if labels is None else retagging.read_labels(labels)
    with open_library(library=library_name, profile=profile) as library:
        tagger = library.tagger
        if from_marks:
            read += retagging.labels_of_marks(library.catalog, tagger)
        pairs = retagging.labelled_pairs(read, library.find, library.catalog, tagger)
        logistic = tagger.calibration.logistic
        rows = [_evaluate(category, of, logistic[category]) for category, of in pairs.items()]
        fitted = {row["category"]: (row["slope"], row["intercept"]) for row in rows if row["fitted"]}
        if fitted and not dry_run:
            with deferred():
                _save(library, fitted)
    if plot is not None:
        with deferred():
            _plot(plot, pairs, {row["category"]: (row["slope"], row["intercept"]) for row in rows})
    if as_json:
        for row in rows:
            output.print_json(row)
    else:
        columns = ("category", "labels", "right", "fitted", "slope", "intercept", "ece_before", "ece_after", "auc")
        output.print_table(columns, [[_format(row[name]) for name in columns] for row in rows], right=columns[1:])
    if not fitted:
        raise UserError(
            "No category has enough labels to be fitted",
            f"Give at least {MIN_LABELS} of one, {MIN_OF_A_KIND} that apply and {MIN_OF_A_KIND} that do not",
        )


def _evaluate(category: str, pairs: "Pairs", before: tuple[float, float]) -> dict[str, Any]:
    """Evaluate one category: the previous line and a newly fitted one, each with its calibration error.

    The error of the new line is cross-validated, on tracks it was not fitted to.
    """
    from models.tagging import calibration

    hits = int(pairs.hit.sum())
    enough = len(pairs.hit) >= MIN_LABELS and min(hits, len(pairs.hit) - hits) >= MIN_OF_A_KIND
    line = calibration.fit_platt(pairs) if enough else before
    fitted = enough and line[0] > 0  # otherwise labels contradict scores; a negative slope is not used
    line = line if fitted else before
    known = calibration.confidence(before, pairs)
    after = calibration.cross_validated(pairs) if fitted else known
    ece = [calibration.expected_calibration_error(calibration.reliability(c, pairs.hit)) for c in (known, after)]
    return {
        "category": category,
        "labels": len(pairs.hit),
        "right": hits,
        "fitted": fitted,
        "slope": line[0],
        "intercept": line[1],
        "ece_before": ece[0],
        "ece_after": ece[1],
        "auc": calibration.auc(known, pairs.hit) if 0 < hits < len(pairs.hit) else None,
    }


def _save(library: "Library", fitted: dict[str, tuple[float, float]]) -> None:
    """Save the new lines, together with earlier ones of other categories that were fitted to the same scores."""
    from models.tagging.state import Fit

    state = library.tagging_state
    baseline = library.tagger.calibration.baseline
    before = state.fit()
    kept = before.logistic if before is not None and before.baseline == baseline else {}
    state.save_fit(Fit({**kept, **fitted}, baseline))


def _plot(path: Path, pairs: "dict[str, Pairs]", lines: dict[str, tuple[float, float]]) -> None:
    from models.tagging.calibration import confidence, reliability
    from models.tagging.reliability_plot import reliability_svg

    bins = {category: reliability(confidence(lines[category], of), of.hit) for category, of in pairs.items()}
    try:
        with write_for_user(path, "w") as file:
            file.write(reliability_svg(bins, "Confidence of tags, and how often they are right"))
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror}", "Choose another file") from error


def _format(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else "-" if value is None else str(value)
