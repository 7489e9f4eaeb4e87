"""Write the tags of a library's tracks into their files, or take that back."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from catalog.catalog import Catalog
from catalog.track import FileRef, Track
from indexer.file_tags import read_tags
from indexer.flushing import PacedFlush
from indexer.scan import MAX_DEVICE
from indexer.tag_writing.items import RefusedError, UnsupportedError
from indexer.tag_writing.planning import Overwrite, Plan, plan_back, plan_for
from indexer.tag_writing.replacing import OpenedFile, Options, open_tags, remove_leftovers, replace_tags
from indexer.tag_writing.run_journal import OURS, FieldChange, RunJournal
from indexer.tag_writing.wanted import Texts
from polymuse.errors import NotFoundError, UnavailableError
from polymuse.music import AUDIO
from polymuse.paths import printable

Status = Literal["changed", "unchanged", "left out", "failed"]
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file, or would become of it."""

    path: str
    track_id: str
    status: Status
    changes: Mapping[str, FieldChange] = field(default_factory=dict)
    kept: Mapping[str, Texts] = field(default_factory=dict)  # fields that stay as others have written them
    reason: str = ""  # of a file that is left out or has failed


@dataclass(frozen=True, slots=True)
class TagWriter:
    """Writes into files, and tells the catalog of it, so that the next run of the indexer takes them as known."""

    catalog: Catalog
    journal: RunJournal
    options: Options
    encoding: str = "auto"  # of file tags that do not declare theirs
    write: bool = False  # whether files change; otherwise all is only planned
    _cleaned: set[Path] = field(default_factory=set)  # folders without leftovers

    def tags_of(
        self,
        tracks: Iterable[Track],
        wanted: Callable[[Track], Mapping[str, Texts]],
        overwrite: Overwrite = OURS,
        limit: int | None = None,
    ) -> Iterator[Result]:
        """Each file of the tracks, until `limit` of them have changed, or would.

        Raises UnavailableError if the disk is full; what was written before is complete.
        """
        flush = PacedFlush(self.catalog.flush)
        changed = 0
        for track in tracks:
            if track.kind != AUDIO:
                continue
            texts = wanted(track)
            for file in track.files:

                def plan(opened: OpenedFile, track: Track = track, texts: Mapping[str, Texts] = texts) -> Plan:
                    return plan_for(opened, track.id, texts, overwrite, self.journal)

                if limit is not None and changed >= limit:
                    break
                result = self._file(Path(file.path), track.id, plan)
                changed += result.status == "changed"
                if self.write:
                    flush.if_due()
                yield result
        if self.write:
            self.catalog.flush()

    def back(self, run: str) -> Iterator[Result]:
        """Take back what a run has written, the last change first. Raises UnavailableError if the disk is full."""
        for entry in reversed([entry for entry in self.journal.entries if entry.run == run]):

            def plan(opened: OpenedFile, made: Mapping[str, FieldChange] = entry.changes) -> Plan:
                return plan_back(opened, made)

            yield self._file(self._moved(Path(entry.path), entry.track_id), entry.track_id, plan)
        if self.write:
            self.catalog.flush()

    def _file(self, path: Path, track_id: str, plan: Callable[[OpenedFile], Plan]) -> Result:
        made = Plan()
        try:
            opened = open_tags(path, self.options)
            made = plan(opened)
            if made.changes and self.write:
                self._replace(opened, made, track_id, path)
        except UnsupportedError as error:
            return Result(str(path), track_id, "left out", reason=error.message)
        except RefusedError as error:
            return Result(str(path), track_id, "failed", reason=error.message)
        except OSError as error:
            if error.errno in FULL:
                message = f"{printable(path)}: the disk is full; the file is as it was, and those before are complete"
                raise UnavailableError(message, "Make room, and run the same command again to go on") from error
            return Result(str(path), track_id, "failed", reason=_reason(error))
        return Result(str(path), track_id, "changed" if made.changes else "unchanged", made.changes, made.kept)

    def _replace(self, opened: OpenedFile, plan: Plan, track_id: str, path: Path) -> None:
        if opened.path.parent not in self._cleaned:
            remove_leftovers(opened.path.parent)
            self._cleaned.add(opened.path.parent)

        def announce() -> None:
            size, mtime_ns = opened.status.st_size, opened.status.st_mtime_ns
            self.journal.begin(track_id, opened.path, plan.changes, size=size, mtime_ns=mtime_ns)

        status = replace_tags(opened, plan.items, track_id, announce, self.options)
        self.journal.finish(track_id, opened.path)
        self._tell(track_id, opened, path, status)

    def _tell(self, track_id: str, opened: OpenedFile, path: Path, status: os.stat_result) -> None:
        """Let the catalog know the new size and time of a file that was as it knows it, and its tags."""
        with suppress(NotFoundError):  # removed meanwhile
            [track] = self.catalog.get([track_id])
            before = (opened.status.st_size, opened.status.st_mtime_ns)
            known = [each.path for each in track.files if (each.size, each.mtime_ns) == before]
            same = {each for each in known if each == str(path) or os.path.realpath(each) == str(opened.path)}
            files = tuple(_renewed(each, status) if each.path in same else each for each in track.files)
            changed = replace(track, files=files)
            if files and files[-1].path in same:  # whose tags a track has
                tags = read_tags(path, self.encoding)
                changed = replace(changed, **self.journal.without_ours(track_id, path, tags).attributes)
            self.catalog.update(changed, before=track)

    def _moved(self, path: Path, track_id: str) -> Path:
        """Where a file is now that a run has written: the library may have seen it move."""
        if path.exists():
            return path
        with suppress(NotFoundError):
            [track] = self.catalog.get([track_id])
            known = {entry.path for entry in self.journal.entries if entry.track_id == track_id}
            found = [Path(file.path) for file in track.files if os.path.realpath(file.path) not in known]
            if len(found) == 1:
                return found[0]
        return path


def _renewed(file: FileRef, status: os.stat_result) -> FileRef:
    device = status.st_dev & MAX_DEVICE
    return FileRef(file.path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, device)


def _reason(error: OSError) -> str:
    known = {
        FileNotFoundError: "it is gone",
        PermissionError: "this user may not write it, or not into its folder",
    }
    if error.errno == errno.EROFS:
        return "its file system is read-only"
    return known.get(type(error)) or f"it cannot be written: {error.strerror}"
