"""The journal of what was written into files: what is ours there, and how to take it back.

A JSON Lines file. A line with `changes` is on disk before its file changes, a line with `done` follows. So after a
crash the journal may know of a change that was not made, and never the other way round.
"""

import base64
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import portalocker

from indexer.file_tags import TagInfo
from indexer.file_tags.parsing import Texts, tag_info
from indexer.line_file import LineFile
from indexer.tag_writing.fields import BPM, GENRE, KEY
from polymuse.errors import NotFoundError, UnavailableError
from polymuse.files import make_directories
from polymuse.paths import printable

WRITE, UNDO = "write", "undo"
OURS, THEIRS = "ours", "theirs"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a file, before and after."""

    old: tuple[str, ...]  # texts; empty if the file had no such tag
    new: tuple[str, ...]
    old_raw: tuple[bytes, ...] = ()  # the tags as they are in the file
    new_raw: tuple[bytes, ...] = ()
    at: int = -1  # where the old ones were among all tags; -1: there were none
    whose: str = ""  # the old ones: OURS, THEIRS, or "" if there were none
    becomes: str = OURS  # whose the new ones are: an undo brings back those of others


@dataclass(frozen=True, slots=True)
class Entry:
    """What a run has written into a file."""

    run: str
    track_id: str
    path: str  # without symbolic links
    changes: Mapping[str, FieldChange]  # by field
    done: bool = False  # whether the file certainly has them


@dataclass(slots=True)
class Run:
    """One command that has written tags."""

    name: str
    at: str  # ISO 8601, UTC
    action: str  # WRITE or UNDO
    of: str = ""  # the run that it has undone
    files: int = 0
    undone_by: str = ""
    fields: set[str] = field(default_factory=set)


class RunJournal:
    """The journal of a library, as it was when it was first read, and what this process has added."""

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)
        self._run = ""
        self._header: dict[str, str] = {}
        self._version = self._file.version()

    @contextmanager
    def running(self, action: str, of: str = "") -> Iterator[None]:
        """Within the block, this process writes tags. Raises UnavailableError if another one does."""
        path = self._file.path.with_suffix(".run.lock")
        make_directories(path.parent)
        with path.open("a") as lock:
            try:
                portalocker.lock(lock, portalocker.LOCK_EX | portalocker.LOCK_NB)
            except portalocker.AlreadyLocked as error:
                message = "Another `polymuse write-tags` is writing the tags of this library"
                raise UnavailableError(message, "Wait until it has ended") from error
            except portalocker.LockException:  # a file system without locks
                pass
            now = datetime.now(UTC)
            self._run = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
            self._header = {"run": self._run, "at": now.isoformat(timespec="seconds"), "action": action, "of": of}
            yield

    def begin(self, track_id: str, path: Path, changes: Mapping[str, FieldChange], *, size: int, mtime_ns: int) -> None:
        """Record what will be written into a file, whose size and time are those before. On disk when this returns."""
        if self._header:  # a run that changes nothing is none
            self._file.append(self._header)
            self._header = {}
        line = {"run": self._run, "track": track_id, "path": str(path), "size": size, "mtime_ns": mtime_ns}
        line |= {"at": datetime.now(UTC).isoformat(timespec="seconds")}
        line |= {"changes": {name: _to_json(change) for name, change in changes.items()}}
        self._file.append(line, durable=True)
        self._by_track.setdefault(track_id, []).append(Entry(self._run, track_id, str(path), changes))

    def finish(self, track_id: str, path: Path) -> None:
        """Record that it was written."""
        self._file.append({"run": self._run, "track": track_id, "path": str(path), "done": True})
        _settle(self._by_track[track_id], self._run, str(path))

    @cached_property
    def entries(self) -> list[Entry]:
        """All of them, the oldest first. Raises UnavailableError."""
        return [entry for line in self._lines if (entry := _entry(line)) is not None]

    @cached_property
    def _lines(self) -> list[dict[str, Any]]:
        return self._file.read()

    @cached_property
    def _by_track(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        done = {_key(line) for line in self._lines if line.get("done") is True}
        for entry in self.entries:
            known = entry if (entry.run, entry.track_id, entry.path) not in done else replace(entry, done=True)
            found.setdefault(entry.track_id, []).append(known)
        return found

    def is_ours(self, track_id: str, path: Path, name: str, raw: Sequence[bytes]) -> bool:
        """Whether we wrote these tags of a field, and nobody has changed them since.

        They count for the file that they were written into, wherever it was moved; not for another copy.
        """
        return any(tuple(raw) == change.new_raw for change in self._latest(track_id, name, path) if change.new_raw)

    def without_ours(self, track_id: str, path: Path, tags: TagInfo) -> TagInfo:
        """The tags that were read from a file of a track, without tempo, key and genres that we have written there."""
        self._look_again()
        if track_id not in self._by_track:
            return tags
        read = {BPM: tags.tag_bpm, KEY: tags.tag_key, GENRE: tags.genres}
        attributes = {BPM: "tag_bpm", KEY: "tag_key", GENRE: "genres"}
        for name, value in read.items():
            changes = self._latest(track_id, name, Path(os.path.realpath(path))) if value else ()
            if any(value == _as_read(name, change.new) for change in changes):
                tags = replace(tags, **{attributes[name]: type(value)() if name != BPM else None})
        return tags

    @cached_property
    def runs(self) -> dict[str, Run]:
        """All runs that have changed a file, the oldest first."""
        found: dict[str, Run] = {}
        for line in self._lines:
            with suppress(KeyError, TypeError, ValueError):  # written by another version
                if line.get("action") in (WRITE, UNDO):
                    found[line["run"]] = Run(line["run"], line["at"], line["action"], line.get("of", ""))
        for entry in self.entries:
            if entry.run in found:
                found[entry.run].files += 1
                found[entry.run].fields |= entry.changes.keys()
        for run in found.values():
            if run.of in found:
                found[run.of].undone_by = run.name
        return {name: run for name, run in found.items() if run.files}

    def run(self, name: str = "") -> Run:
        """The run with this name, by default the latest that has written and was not undone. Raises NotFoundError."""
        if not name:
            left = [run for run in self.runs.values() if run.action == WRITE and not run.undone_by]
            if not left:
                raise NotFoundError("There is no run to undo", "`polymuse write-tags --list` shows all runs")
            return left[-1]
        if name not in self.runs:
            raise NotFoundError(f"There is no run {printable(name)}", "`polymuse write-tags --list` shows all runs")
        return self.runs[name]

    def _look_again(self) -> None:
        """Forget what was read, if another process has added to it."""
        version = self._file.version()
        if not self._run and version != self._version:
            self._version = version
            for name in ("entries", "runs", "_lines", "_by_track"):
                self.__dict__.pop(name, None)

    def _latest(self, track_id: str, name: str, path: Path) -> Iterator[FieldChange]:
        """What we wrote into a field of a file and may be there now: by the last certain entry, and those after it."""
        for entry in reversed(self._by_track.get(track_id, ())):
            change = entry.changes.get(name)
            if change is None or (entry.path != str(path) and Path(entry.path).exists()):
                continue
            if change.becomes == OURS:
                yield change
            if entry.done:
                return


def _as_read(name: str, texts: Sequence[str]) -> object:
    """The value of an attribute of TagInfo, as it is read from a file with these texts."""
    fields: dict[str, str] = {BPM: "bpm", KEY: "key", GENRE: "genre"}
    found: Texts = {fields[name]: texts}
    tags = tag_info(found, "")
    return {BPM: tags.tag_bpm, KEY: tags.tag_key, GENRE: tags.genres}[name]


def _settle(entries: list[Entry], run: str, path: str) -> None:
    entries[:] = [replace(each, done=True) if (each.run, each.path) == (run, path) else each for each in entries]


def _key(line: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return line.get("run"), line.get("track"), line.get("path")


def _entry(line: Mapping[str, Any]) -> Entry | None:
    """None for a line of another kind, or of another version."""
    try:
        changes = {name: _from_json(change) for name, change in line["changes"].items()}
        return Entry(line["run"], line["track"], line["path"], changes)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _to_json(change: FieldChange) -> dict[str, Any]:
    raw = {name: _encoded(getattr(change, name)) for name in ("old_raw", "new_raw")}
    owners = {"whose": change.whose, "becomes": change.becomes}
    return {"old": change.old, "new": change.new, **raw, "at": change.at, **owners}


def _from_json(stored: Mapping[str, Any]) -> FieldChange:
    old_raw, new_raw = (tuple(map(base64.b64decode, stored[name])) for name in ("old_raw", "new_raw"))
    whose, becomes = stored["whose"], stored["becomes"]
    return FieldChange(tuple(stored["old"]), tuple(stored["new"]), old_raw, new_raw, stored["at"], whose, becomes)


def _encoded(raw: Collection[bytes]) -> list[str]:
    return [base64.b64encode(each).decode("ascii") for each in raw]
