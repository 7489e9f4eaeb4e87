"""`polymuse watch`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options

if TYPE_CHECKING:
    from indexer.comparing import Plan
    from indexer.failures import Failure
    from indexer.jobs import Outcome
    from indexer.stopping import Stop
    from indexer.updating import Summary

EXAMPLES = """\b
Examples:
  polymuse watch ~/Music
  polymuse watch ~/Music --prune

First everything below PATH is brought up to date, as with `polymuse index`. Then each change is indexed once the file
is no longer being written, and one line is printed for it. Ctrl-C stops watching."""


def watch(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders, watched recursively.")],
    library_name: options.Library = None,
    profile: options.Profile = None,
    device: options.Device = None,
    excerpts: options.Excerpts = None,
    stems: options.Stems = None,
    separator: options.Separator = None,
    scores: options.Scores = None,
    exclude: options.Exclude = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget files that are deleted.")] = False,
    as_json: options.Json = False,
) -> None:
    """Keep the library up to date as files change."""
    from cli.output import messages
    from cli.playlist_folder import renew as renew_playlists
    from cli.progress import say
    from cli.scanning import all_patterns
    from cli.session import open_library
    from indexer.scan import scan_changed
    from indexer.stopping import Stop
    from indexer.updating import Choices, bring_up_to_date
    from indexer.watching import Watching
    from polymuse.paths import normal

    def notify(line: str) -> None:
        say(messages(), line)

    stop, report, choices = Stop(), _Lines(as_json), Choices(prune=prune)
    written = False
    roots = [normal(path) for path in paths]
    flags = {"profile": profile, "device": device, "stems": stems, "separator": separator, "scores": scores}
    flags |= {"excerpts": excerpts}
    opening = open_library(create=True, library=library_name, **flags)
    with opening as library, stop.on_signals():
        patterns = all_patterns(exclude, library.settings)
        suffixes = library.scores
        watching = Watching(roots, notify, patterns, library.settings.rescan_hours)
        for changed in watching.changes(stop):
            found = scan_changed(changed, roots, patterns, suffixes)
            summary = bring_up_to_date(library.target, found, changed, report, stop, choices, roots)
            if summary is not None:
                if not written:
                    library.write_bank()
                    written = True
                renew_playlists(library)
                report.summary(summary)
                report.waiting()


class _Lines:
    """Prints a line for each change, and one for each version of a file that cannot be indexed."""

    def __init__(self, as_json: bool) -> None:
        from cli.output import messages

        self._as_json = as_json
        self._console = messages()
        self._found = self._waits = False
        self._kept: set[str] = set()  # lines about files that are kept
        self._failed: set[tuple[str, int, int]] = set()  # versions of files: path, size, mtime_ns

    def planned(self, plan: "Plan", problems: "Sequence[Failure]") -> None:
        self._found |= bool(plan.todo or plan.unchanged or plan.failed_before or plan.returned)
        from cli.progress import say

        if plan.renewed:
            say(self._console, plan.renewed)
        for failure in (*problems, *plan.failed_before):
            if not failure.is_too_short:
                self._report_once(failure)

    def running(self, _plan: "Plan", _stop: "Stop") -> AbstractContextManager[None]:
        return nullcontext()

    def add(self, outcome: "Outcome") -> None:
        if outcome.failure is not None and not outcome.failure.is_too_short:
            self._report_once(outcome.failure)
        elif outcome.status != "unchanged":
            self._say(outcome.path, outcome.status)

    def _report_once(self, failure: "Failure") -> None:
        version = failure.path, failure.size, failure.mtime_ns
        if version not in self._failed:
            self._failed.add(version)
            self._say(failure.path, "failed", f"failed: {failure}")

    def waiting(self) -> None:
        """Say once that all is up to date."""
        from cli.progress import say

        if not self._waits:
            self._waits = True
            say(self._console, f"{'Up to date' if self._found else 'No music yet'}; waiting for changes.")

    def summary(self, summary: "Summary") -> None:
        from cli.progress import say
        from indexer.kept_files import kept_lines

        for path in summary.forgotten:
            self._say(path, "forgotten")
        for path in () if summary.too_many_gone else summary.gone:
            self._say(path, "gone", f"gone: {path} (--prune forgets it)")
        for line in kept_lines(summary):
            if line not in self._kept:
                self._kept.add(line)
                say(self._console, line)

    def _say(self, path: str, status: str, line: str = "") -> None:
        from cli.output import print_json
        from cli.progress import say

        if self._as_json:
            print_json({"path": path, "status": status})
        say(self._console, line or f"{status}: {path}")
