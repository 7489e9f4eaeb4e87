"""What `polymuse write-tags` changes, for people and for programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import output
from cli.progress import counted
from cli.step_progress import step_progress
from indexer.tag_writing.replacing import Options
from indexer.tag_writing.run_journal import OURS, UNDO, WRITE, FieldChange, RunJournal
from indexer.tag_writing.wanted import wanted
from indexer.tag_writing.writing import Result, TagWriter
from models.tagging.descriptor_bank import load_bank
from polymuse.text import for_terminal

if TYPE_CHECKING:
    from catalog.filters import Filter
    from catalog.track import Track
    from cli.session import Library
    from indexer.tag_writing.planning import Overwrite

STATUSES = ("changed", "unchanged", "left out", "failed")
MAX_SHOWN = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be written, and where."""

    where: "Filter"
    fields: tuple[str, ...]
    min_confidence: float
    overwrite: "Overwrite"
    limit: int | None  # files that may change


def write(
    library: "Library", journal: RunJournal, asked: Asked, how: Options, *, write: bool, as_json: bool
) -> Counter[str]:
    """Write the tags of tracks, or show what would be written. Returns how many files had which status."""
    names = _naming(library)
    limit = library.recipe.max_seconds
    tracks = sorted(library.catalog.tracks(asked.where), key=output.path_of)

    def texts(track: "Track") -> Mapping[str, tuple[str, ...]]:
        return wanted(track, asked.fields, asked.min_confidence, names, limit)

    writer = TagWriter(library.catalog, journal, how, library.settings.tag_encoding, write)
    with journal.running(WRITE) if write else nullcontext(), step_progress("Writing tags", len(tracks)) as step:
        report = _Report(as_json=as_json)
        for result in writer.tags_of(_counted(tracks, step), texts, asked.overwrite, asked.limit):
            report.add(result)
    report.end(write=write, undo=False)
    return report.statuses


def take_back(
    library: "Library", journal: RunJournal, name: str, how: Options, *, write: bool, as_json: bool
) -> Counter[str]:
    """Undo a run, or show what that would change."""
    run = journal.run("" if name == "last" else name)
    writer = TagWriter(library.catalog, journal, how, library.settings.tag_encoding, write)
    with journal.running(UNDO, run.name) if write else nullcontext(), step_progress("Undoing", run.files) as step:
        report = _Report(as_json=as_json)
        for result in writer.back(run.name):
            report.add(result)
            step(1)
    report.end(write=write, undo=True)
    return report.statuses


def print_runs(journal: RunJournal, *, as_json: bool) -> None:
    """All runs, the oldest first."""
    runs = [*journal.runs.values()]
    if as_json:
        for run in runs:
            output.print_json(
                {"run": run.name, "at": run.at, "action": run.action, "of": run.of or None}
                | {"files": run.files, "fields": sorted(run.fields), "undone_by": run.undone_by or None}
            )
    elif runs:
        rows = [
            (
                *(run.name, run.at, f"undo of {run.of}" if run.action == UNDO else run.action),
                *(run.files, ", ".join(sorted(run.fields)), run.undone_by or "-"),
            )
            for run in runs
        ]
        output.print_table(("run", "at", "action", "files", "fields", "undone by"), rows, right=("files",))
    else:
        output.messages().print("No tags were written yet.")


def _naming(library: "Library") -> Callable[[str], str]:
    names = {entry.slug: entry.names["en"] for entry in load_bank(library.settings.bank).entries}
    names |= {each.slug: each.names.get("en", each.slug) for each in library.catalog.own_descriptors()}
    return lambda slug: names.get(slug, slug.replace("-", " "))


def _counted(tracks: Iterable["Track"], step: Callable[[int], None]) -> Iterator["Track"]:
    for track in tracks:
        yield track
        step(1)


class _Report:
    """Prints results as they come, by folder, and totals at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._folder: Path | None = None
        self.statuses: Counter[str] = Counter()
        self._fields: dict[str, Counter[str]] = {}
        self._reasons: Counter[str] = Counter()

    def add(self, result: Result) -> None:
        self.statuses[result.status] += 1
        if result.reason and result.status == "left out":
            self._reasons[result.reason] += 1
        for name, change in result.changes.items():
            self._fields.setdefault(name, Counter())[_kind(change)] += 1
        for name in result.kept:
            self._fields.setdefault(name, Counter())["kept"] += 1
        if self._as_json:
            output.print_json(_as_dict(result))
        elif result.status == "failed":
            output.messages().print(for_terminal(f"{result.path}: {result.reason}; left as it is"), markup=False)
        elif result.changes:
            self._print(result)

    def end(self, *, write: bool, undo: bool) -> None:
        """The totals."""
        totals = {status.replace(" ", "_"): self.statuses[status] for status in STATUSES}
        if self._as_json:
            fields = {name: dict(counts) for name, counts in self._fields.items()}
            output.print_json({"summary": {**totals, "fields": fields, "written": write}})
            return
        kinds = ("new", "replaced", "removed", "kept")
        if self._fields:
            rows = [(name, *(counts[kind] for kind in kinds)) for name, counts in sorted(self._fields.items())]
            output.print_table(("\nfield", *(f"\n{kind}" for kind in kinds)), rows)
        for reason, number in self._reasons.most_common():
            output.messages().print(f"Left out, {counted(number, 'file')}: {for_terminal(reason)}", markup=False)
        done = "changed" if write else "would change"
        line = f"{counted(self.statuses['changed'], 'file')} {done}, {self.statuses['unchanged']} stay as they are"
        if self.statuses["failed"]:
            line += f", {self.statuses['failed']} failed"
        again = "" if write or not self.statuses["changed"] else "; --write does it"
        if undo and any(counts["kept"] for counts in self._fields.values()):
            again += "; what was changed since is kept"
        output.messages().print(f"{line}{again}.", markup=False)

    def _print(self, result: Result) -> None:
        path = Path(result.path)
        lines = []
        if path.parent != self._folder:
            self._folder = path.parent
            lines.append(("", f"{path.parent}/"))
        for number, (name, change) in enumerate(result.changes.items()):
            lines.append((path.name if not number else "", _line(name, change)))
        for name, text in lines:
            print(for_terminal(f"  {name:<30} {text}" if not text.endswith("/") or name else text))  # noqa: T201


def _line(name: str, change: FieldChange) -> str:
    old, new = _texts(change.old), _texts(change.new)
    if not change.old_raw:
        return f"+ {name}: {new}"
    if not change.new_raw:
        return f"- {name}: {old}"
    whose = "" if change.whose == OURS else ", of others"
    return f"~ {name}: {old or 'empty'} -> {new}{whose}"


def _texts(texts: Iterable[str]) -> str:
    text = ", ".join(texts)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _kind(change: FieldChange) -> str:
    return "removed" if not change.new_raw else "replaced" if any(change.old) else "new"


def _as_dict(result: Result) -> dict[str, Any]:
    changes = [
        {"field": name, "old": list(change.old), "new": list(change.new), "whose": change.whose or None}
        for name, change in result.changes.items()
    ]
    kept = [{"field": name, "texts": list(texts)} for name, texts in result.kept.items()]
    shown = {"path": result.path, "track": result.track_id, "status": result.status.replace(" ", "_")}
    return {**shown, "changes": changes, "kept": kept, "reason": result.reason or None}
