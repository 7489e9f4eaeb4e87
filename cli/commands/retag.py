"""`polymuse retag`: recompute tags from stored vectors, without decoding audio."""

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

With 50 tracks or more, the baseline of each descriptor is measured over the whole library, regardless of the filter."""


def retag(
    where: options.Where = "",
    library_name: options.Library = None,
    profile: options.Profile = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Recompute all tags, relative to this library.

    They are made from stored vectors; no audio is read.
    """
    from catalog.fields import WITH_HIDDEN, with_hidden
    from catalog.filters import parse_filter
    from cli import output
    from cli.progress import say
    from cli.session import open_library
    from cli.step_progress import step_progress
    from indexer import retagging
    from indexer.stopping import deferred
    from models.tagging.state import learned

    chosen = parse_filter(where)
    with open_library(library=library_name, profile=profile) as library:
        total = library.catalog.count(WITH_HIDDEN)
        with step_progress("Comparing", total) as step:
            cosines = retagging.library_cosines(library.catalog, library.tagger, step)
        statistics = cosines.statistics(library.tagger)
        state = library.tagging_state
        if not dry_run:
            with deferred():
                state.save_statistics(statistics)
        fit = state.fit()
        tagger = library.tagger.calibrated(learned(library.tagger.shipped, statistics, fit))
        if fit is not None and fit.baseline != tagger.calibration.baseline:
            say(
                output.messages(),
                "The calibration was fitted to other scores and is not used: run `polymuse calibrate` again",
            )
        seen = changed = 0
        with step_progress("Tagging", library.catalog.count(with_hidden(chosen))) as step:
            for changes in retagging.retag(library.catalog, tagger, cosines, chosen):
                seen += len(changes)
                changed += sum(c.tags_differ for c in changes) if dry_run else retagging.store(library.catalog, changes)
                if as_json:
                    _print_changes(changes)
                step(len(changes))
        if not dry_run:
            library.write_bank()
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
        if change.tags_differ:
            print_json({"track": change.track.id, "before": _plain(change.before), "tags": _plain(change.track.tags)})


def _plain(tags: "Sequence[Tag]") -> list[dict[str, Any]]:
    return [{"slug": tag.slug, "category": tag.category, "confidence": tag.confidence} for tag in tags]
