"""`polymuse retag`: tags from stored vectors, without a look at any audio."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli import options
from polymuse.music import Tag

if TYPE_CHECKING:
    from indexer.retagging import Change

EXAMPLES = """\b
Examples:
  polymuse retag
  polymuse retag --where 'genre:jazz' --dry-run

From 50 tracks on, what is usual for each descriptor is measured over the whole library, whatever the filter."""


def retag(
    where: options.Where = "",
    profile: options.Profile = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Recompute all tags from stored vectors, against what is usual in this library."""
    from catalog.filters import parse_filter
    from cli import output
    from cli.progress import say
    from cli.session import open_library
    from cli.step_progress import step_progress
    from indexer import retagging
    from indexer.stopping import deferred
    from models.tagging.state import learned

    chosen = parse_filter(where)
    with open_library(profile=profile) as library:
        total = library.catalog.count()
        with step_progress("Comparing", total) as step:
            hearing = retagging.hear(library.catalog, library.tagger, step)
        statistics = hearing.statistics(library.tagger)
        state = library.tagging_state
        if not dry_run:
            with deferred():
                state.save_statistics(statistics)
        fit = state.fit()
        tagger = library.tagger.calibrated(learned(library.tagger.shipped, statistics, fit))
        if fit is not None and fit.baseline != tagger.calibration.baseline:
            say(
                output.messages(),
                "The calibration was for other scores and is not used: run `polymuse calibrate` again",
            )
        seen = changed = 0
        with step_progress("Tagging", library.catalog.count(chosen)) as step:
            for changes in retagging.retag(library.catalog, tagger, hearing, chosen):
                seen += len(changes)
                changed += sum(c.is_one for c in changes) if dry_run else retagging.store(library.catalog, changes)
                if as_json:
                    _print_changes(changes)
                step(len(changes))
        summary = {
            "tracks": seen,
            "changed": changed,
            "baseline": tagger.calibration.baseline,
            "baseline_tracks": tagger.calibration.statistics.tracks if tagger.calibration.statistics else 0,
            "dry_run": dry_run,
            "profile": library.profile,
        }
    output.print_summary(summary, as_json=as_json)


def _print_changes(changes: "Sequence[Change]") -> None:
    from cli.output import print_json

    for change in changes:
        if change.is_one:
            print_json({"track": change.track.id, "before": _plain(change.before), "tags": _plain(change.track.tags)})


def _plain(tags: "Sequence[Tag]") -> list[dict[str, Any]]:
    return [{"slug": tag.slug, "category": tag.category, "confidence": tag.confidence} for tag in tags]
