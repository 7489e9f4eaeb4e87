"""Which tracks a run has in hand, so that the next one knows what the last one died of.

A crashing decoder costs one worker. A file that takes down the whole run, or the machine by filling its memory, would
do so again in every run, always at the same place. So a file that was in hand when a run died is begun last in the
next one, by itself, and is a failure once that has happened MAX_CRASHES times. A run that ends by itself leaves no
suspects.
"""

from dataclasses import dataclass
from pathlib import Path

from indexer.failures import Failure
from indexer.line_file import LineFile
from indexer.scan import AudioFile

MAX_CRASHES = 3  # runs


@dataclass(frozen=True, slots=True)
class _Suspect:
    size: int
    mtime_ns: int
    crashes: int  # runs that ended with this file in hand
    in_hand: bool = False  # of this run; in the file: of a run that goes on or has died


class Journal:
    """Kept in a JSON Lines file; the last line about a path counts."""

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)
        found = self._file.read()
        self._suspects: dict[str, _Suspect] = {}
        for line in found:
            try:
                suspect = _Suspect(line["size"], line["mtime_ns"], line["crashes"] + line["in_hand"])
                self._suspects[line["path"]] = suspect
            except (KeyError, TypeError):  # of another version
                continue
        self._suspects = {name: suspect for name, suspect in self._suspects.items() if suspect.crashes}
        if found:
            self._file.rewrite(self._line(name) for name in self._suspects)

    def crash_count(self, file: AudioFile) -> int:
        """How many runs died with this version of the file in hand."""
        suspect = self._suspects.get(str(file.path))
        same = suspect is not None and (suspect.size, suspect.mtime_ns) == (file.size, file.mtime_ns)
        return suspect.crashes if suspect is not None and same else 0

    def failure_for(self, file: AudioFile) -> Failure | None:
        """The failure of a file that too many runs have died of."""
        if self.crash_count(file) < MAX_CRASHES:
            return None
        cause = f"{MAX_CRASHES} runs in a row ended suddenly while it was worked on"
        advice = "Convert it, or try it again with --retry-failed"
        return Failure(str(file.path), "analyze", cause, advice, size=file.size, mtime_ns=file.mtime_ns)

    def begin(self, file: AudioFile) -> None:
        """The file is in hand from now on. On the disk when it returns."""
        name = str(file.path)
        self._suspects[name] = _Suspect(file.size, file.mtime_ns, self.crash_count(file), in_hand=True)
        self._file.append(self._line(name), durable=True)

    def finish(self, file: AudioFile) -> None:
        """The file has come to its result, or is to be tried as if for the first time."""
        name = str(file.path)
        if name in self._suspects:
            self._suspects[name] = _Suspect(file.size, file.mtime_ns, 0)
            self._file.append(self._line(name))
            del self._suspects[name]

    def close(self) -> None:
        """The run ends by itself: what it still has in hand is no suspect for that."""
        for name, suspect in tuple(self._suspects.items()):
            if suspect.in_hand:
                self._suspects[name] = _Suspect(suspect.size, suspect.mtime_ns, suspect.crashes)
                self._file.append(self._line(name))

    def _line(self, name: str) -> dict[str, object]:
        suspect = self._suspects[name]
        return {
            "path": name,
            "size": suspect.size,
            "mtime_ns": suspect.mtime_ns,
            "crashes": suspect.crashes,
            "in_hand": suspect.in_hand,
        }
