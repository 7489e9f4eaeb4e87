"""What went wrong with one file or directory, as a value that the run carries on with, and the list of such values."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from polymuse.errors import UserError
from polymuse.paths import printable


@dataclass(frozen=True, slots=True)
class Failure:
    path: str  # absolute; bytes that are not UTF-8 as surrogate escapes
    stage: str  # scan, identify, analyze or store
    cause: str  # in plain words
    advice: str = ""  # what to do next
    count: int = 1  # runs in which it failed
    size: int = 0  # bytes; with mtime_ns it tells whether the file has changed since
    mtime_ns: int = 0

    @classmethod
    def of(cls, path: Path, stage: str, error: UserError) -> Self:
        """The failure that an error about this path means. The path is not repeated in the cause."""
        return cls(str(path), stage, error.message.removeprefix(f"{printable(path)}: "), error.advice)

    def __str__(self) -> str:
        advice = f". {self.advice}" if self.advice else ""
        return f"{self.path}: {self.cause}{advice}"


class FailureList:
    """The failures that no later run has mended, kept in a JSON Lines file.

    Every change is one appended line, the last line about a path wins, and opening the list rewrites it without the
    lines that later ones overrule. A line cut short by a crash is dropped.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._failures = _read(file)
        if self._failures or file.exists():
            self._rewrite()

    def __iter__(self) -> Iterator[Failure]:
        return iter(self._failures.values())

    def __len__(self) -> int:
        return len(self._failures)

    def find(self, path: str, size: int, mtime_ns: int) -> Failure | None:
        """The failure of exactly this version of the file, if there is one."""
        failure = self._failures.get(path)
        return failure if failure and (failure.size, failure.mtime_ns) == (size, mtime_ns) else None

    def add(self, failure: Failure) -> None:
        before = self._failures.get(failure.path)
        failure = replace(failure, count=before.count + 1 if before else 1)
        self._failures[failure.path] = failure
        self._append(asdict(failure))

    def forget(self, path: str) -> None:
        """The file is well again, or gone."""
        if self._failures.pop(path, None) is not None:
            self._append({"path": path, "mended": True})

    def _append(self, line: dict) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="ascii") as stream:
            stream.write(json.dumps(line) + "\n")

    def _rewrite(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text("".join(json.dumps(asdict(failure)) + "\n" for failure in self), encoding="ascii")
        part.replace(self._file)


def _read(file: Path) -> dict[str, Failure]:
    failures: dict[str, Failure] = {}
    if not file.exists():
        return failures
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            record = json.loads(line)
            path = record["path"]
            failures.pop(path, None)
            if not record.get("mended"):
                failures[path] = Failure(**record)
        except (ValueError, TypeError, KeyError):
            continue  # cut short by a crash
    return failures
