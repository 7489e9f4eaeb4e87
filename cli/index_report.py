"""The output of `polymuse index`: the plan, the progress and the results."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from cli.output import messages, print_json
from cli.progress import INDEXING, MEASURING, READING, RunProgress, clock, counted, say
from indexer.comparing import Plan
from indexer.failures import Failure
from indexer.ignoring import Kind
from indexer.jobs import Outcome
from indexer.kept_files import kept_lines
from indexer.stopping import Stop
from indexer.updating import Summary
from polymuse.errors import BadAudioError

PREVIEW = 20  # files that --dry-run lists; the rest is only counted
LEFT_OUT: dict[Kind, str] = {
    "hidden": "hidden (their names start with a dot; name a folder as PATH to index it)",
    "excluded": "excluded by patterns",
}


class Report:
    """Reports one run: to people on stderr, to programs on stdout."""

    def __init__(self, *, as_json: bool, preview: bool = False) -> None:
        """`preview`: list the files of the plan, for a dry run."""
        self._as_json = as_json
        self._preview = preview
        self._console = messages()
        self._counts: Counter[str] = Counter()
        self._seconds = 0.0  # of audio analysed
        self._before = 0  # files that failed in earlier runs
        self._work = self._finished = 0  # files to do, and those of them that are done
        self._kept = False  # files that were to be forgotten but may only be out of sight
        self._start = time.monotonic()
        self._bar: RunProgress | None = None
        self._stop = Stop()

    @property
    def exit_code(self) -> int:
        return BadAudioError.exit_code if self._counts["failed"] or self._before or self._kept else 0

    def planned(self, plan: Plan, problems: Sequence[Failure]) -> None:
        """Report what the scan found, problems with the folders themselves, and earlier failures."""
        failed = [failure for failure in plan.failed_before if not failure.is_too_short]
        too_short = len(plan.failed_before) - len(failed)
        for failure in problems:
            self._counts["failed"] += 1
            self._name_failure(failure, "failed")
        for failure in failed:
            self._name_failure(failure, "failed before")
        self._before = len(failed)
        self._work = _work(plan)
        self._finished = -len(plan.returned)  # which are reported as well
        self._counts["unchanged"] = len(plan.unchanged)
        self._counts["too short"] = too_short
        numbers = {
            "whose tags are read again": len(plan.rereads),
            "whose tempo, key and loudness are measured": len(plan.remeasures),
            "failed before (skipped; --retry-failed tries again)": len(failed),
            "too short": too_short,
            "back": len(plan.returned),
            "not found (moved or deleted)": len(plan.gone),
            "out of sight (kept)": sum(len(folder.paths) for folder in plan.findings.out_of_sight),
        }
        parts = [f"{len(plan.todo)} to do", f"{len(plan.unchanged)} unchanged"]
        parts += [f"{number} {words}" for words, number in numbers.items() if number]
        if self._preview:  # the counts come last, where they stay on the screen
            self._name_files(plan)
        say(self._console, f"{counted(plan.files, 'file')}: {', '.join(parts)}.")
        for line in filter(None, (plan.renewed, plan.unlike)):
            say(self._console, line)

    def _name_files(self, plan: Plan) -> None:
        for file in plan.todo if self._as_json else plan.todo[:PREVIEW]:
            if self._as_json:
                print_json({"path": str(file.path), "status": "to do", "size": file.size})
            else:
                say(self._console, f"to do: {file.path}")
        if not self._as_json and len(plan.todo) > PREVIEW:
            say(self._console, f"and {len(plan.todo) - PREVIEW} more")

    @contextmanager
    def running(self, plan: Plan, stop: Stop) -> Iterator[None]:
        """Show the progress of the run and let a signal stop it. If it fails or is stopped, report how much is done."""
        complete = False
        self._stop = stop
        before = self._finished
        work = _work(plan)
        task = READING if plan.rereads else INDEXING if plan.todo else MEASURING
        try:
            with RunProgress(plan.next, self._console, stop.working_clock, task) as self._bar, stop.on_signals():
                yield
            complete = not stop.signalled  # the summary says that the time is over
        finally:
            if not complete:
                say(self._console, f"Stopped: {_progress(self._finished - before, work)}")

    def add(self, outcome: Outcome) -> None:
        """One file is done."""
        self._counts[outcome.status] += 1
        self._finished += 1
        self._seconds += outcome.seconds
        if self._bar is not None:
            self._bar.add(outcome)
        if self._as_json:
            print_json(_as_dict(outcome))

    def left_out(self, counts: Mapping[Kind, int]) -> None:
        """Say how many names the scan has left out that may have been meant."""
        said = [f"{counts[kind]} {words}" for kind, words in LEFT_OUT.items() if counts.get(kind)]
        if said:
            say(self._console, f"Left out: {', '.join(said)}.")

    def scores_passed(self, count: int) -> None:
        """Say how many scores lie in the folders that the run did not take in."""
        if count:
            say(self._console, f"Not looked at: {count} score{'s' * (count > 1)} (--scores takes scores in).")

    def summary(self, summary: Summary, *, pruned: bool) -> None:
        """Report the results and where the time went. `pruned`: files that are gone were to be forgotten."""
        for line in kept_lines(summary):
            say(self._console, line)
        self._kept = pruned and (summary.too_many_gone or bool(summary.out_of_sight))
        took = time.monotonic() - self._start
        worked = took - self._stop.paused_seconds
        speed = self._seconds / worked if worked else 0.0
        bottleneck = summary.times.bottleneck(summary.lanes, worked)
        forgotten = len(summary.forgotten)
        statuses = ("indexed", "updated", "unchanged", *(["measured"] if self._counts["measured"] else []), "failed")
        numbers = {status: self._counts[status] for status in statuses}
        too_short = self._counts["too short"]
        if self._as_json:
            rounded = {"audio_seconds": round(self._seconds, 1), "seconds": round(took, 1), "speed": round(speed, 1)}
            work = {"stages": summary.times.rounded, "bottleneck": bottleneck}
            failed = {"failed": self._counts["failed"] + self._before, "failed_before": self._before}
            print_json({"summary": numbers | failed | {"too_short": too_short, "pruned": forgotten} | rounded | work})
        counts = ", ".join(f"{number} {status}" for status, number in numbers.items())
        failed_before = f", {self._before} failed before" if self._before else ""
        short = f", {too_short} too short" if too_short else ""
        pruning = f", {forgotten} forgotten" if forgotten else ""
        audio = f"; {clock(self._seconds)} of audio at {speed:.0f}x real time" if self._seconds else ""
        results = f"{counts}{failed_before}{short}{pruning}{audio}."
        if self._finished < self._work:
            say(self._console, f"Stopped after {clock(took)}: {results} {_progress(self._finished, self._work)}")
        else:
            say(self._console, f"Done in {clock(took)}: {results}")
        if summary.gone and not summary.too_many_gone:
            them = "it" if len(summary.gone) == 1 else "them"
            say(self._console, f"{counted(len(summary.gone), 'file')} gone (--prune forgets {them}).")
        if bottleneck and self._seconds:
            say(self._console, bottleneck)

    def _name_failure(self, failure: Failure, words: str) -> None:
        say(self._console, f"{words}: {failure}")
        if self._as_json:
            print_json(_as_dict(Outcome(failure.path, "failed", failure.size, failure=failure)))


def _work(plan: Plan) -> int:
    """The number of outcomes that a plan makes: a file may be read, and measured after that."""
    return len(plan.todo) + len(plan.rereads) + len(plan.remeasures)


def _progress(done: int, work: int) -> str:
    rest = " Run the same command again to resume." if done < work else ""
    return f"{done} of {counted(work, 'file')} {'is' if work == 1 else 'are'} done.{rest}"


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    fields: dict[str, Any] = asdict(outcome)
    del fields["work"]  # only of use to the estimate of the time left
    failure = fields.pop("failure")
    if failure:
        fields |= {key: failure[key] for key in ("stage", "cause", "advice")}
    return {key: value for key, value in fields.items() if value not in ("", (), 0.0)} | {"status": outcome.status}
