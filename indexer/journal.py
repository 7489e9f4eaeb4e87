"""Records which files a run is working on, so that the next run knows which ones may have crashed it.

A crashing decoder costs one worker. A file that takes down the whole run, or the machine by filling its memory, would
do so in every run. So files that were in progress when a run crashed come last in the next one, one at a time, and are
recorded as failures after MAX_CRASHES crashes. A run that ends normally leaves no suspects.

Several runs may share the file. Each holds the lock of a file of its own while it works, so that it is not taken for
one that crashed: numbers of processes are used again, and mean nothing in another container.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.failures import Failure
from indexer.line_file import LineFile
from indexer.run_lock import RunLock
from indexer.scan import AudioFile

MAX_CRASHES = 3  # runs


@dataclass(frozen=True, slots=True)
class _Suspect:
    size: int
    mtime_ns: int
    crashes: int  # runs that crashed with this file in progress
    in_progress: bool = False  # in this run


class Journal:
    """Stored in a JSON Lines file; the last line about a path wins."""

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)
        self._run = RunLock(path)
        self._suspects: dict[str, _Suspect] = {}
        if path.exists():
            with self._file.alone():
                self._take_stock()

    def _take_stock(self) -> None:
        """Find the suspects that crashed runs have left, and keep the lines of those that are running."""
        found = {line["path"]: line for line in self._file.read() if "path" in line}
        alive = self._run.others()
        running = []
        for name, line in found.items():
            with suppress(KeyError, TypeError):  # written by another version
                is_running = line["in_progress"] and line.get("run") in alive
                crashes = line["crashes"] + (line["in_progress"] and not is_running)
                if crashes:
                    self._suspects[name] = _Suspect(line["size"], line["mtime_ns"], crashes)
                if is_running:
                    running.append(line)
        self._file.rewrite([*map(self._line, self._suspects), *running])

    def crash_count(self, file: AudioFile) -> int:
        """Number of runs that crashed with this version of the file in progress."""
        suspect = self._suspects.get(str(file.path))
        same = suspect is not None and (suspect.size, suspect.mtime_ns) == (file.size, file.mtime_ns)
        return suspect.crashes if suspect is not None and same else 0

    def failure_for(self, file: AudioFile) -> Failure | None:
        """The failure of a file that was in progress in MAX_CRASHES crashed runs, otherwise None."""
        if self.crash_count(file) < MAX_CRASHES:
            return None
        cause = f"{MAX_CRASHES} runs in a row crashed while it was being analysed"
        advice = "Convert it, or try it again with --retry-failed"
        return Failure(str(file.path), file.stage("analyze"), cause, advice, size=file.size, mtime_ns=file.mtime_ns)

    def begin(self, file: AudioFile) -> None:
        """Record that the file is in progress. The record is on disk when this returns."""
        name = str(file.path)
        self._suspects[name] = _Suspect(file.size, file.mtime_ns, self.crash_count(file), in_progress=True)
        with self._file.alone():
            self._run.hold()
            self._file.append(self._line(name), durable=True)

    def finish(self, file: AudioFile) -> None:
        """Record that the file is done, or clear its crashes."""
        name = str(file.path)
        if name in self._suspects:
            self._suspects[name] = _Suspect(file.size, file.mtime_ns, 0)
            self._file.append(self._line(name))
            del self._suspects[name]

    def close(self) -> None:
        """Record that the run ends normally: files in progress are no suspects."""
        for name, suspect in tuple(self._suspects.items()):
            if suspect.in_progress:
                self._suspects[name] = _Suspect(suspect.size, suspect.mtime_ns, suspect.crashes)
                self._file.append(self._line(name))
        self._run.release()

    def _line(self, name: str) -> dict[str, object]:
        suspect = self._suspects[name]
        return {
            "path": name,
            "size": suspect.size,
            "mtime_ns": suspect.mtime_ns,
            "crashes": suspect.crashes,
            "in_progress": suspect.in_progress,
            "run": self._run.name,
        }
