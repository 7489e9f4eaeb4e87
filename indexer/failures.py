"""Failures of single files or directories, as values that do not stop a run, and the list that keeps them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from indexer.line_file import LineFile
from polymuse.errors import UserError
from polymuse.paths import printable

TOO_SHORT = "too short"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file or directory could not be indexed."""

    path: str  # absolute; bytes that are not UTF-8 as surrogate escapes
    stage: str  # scan, identify, analyze, measure, score, store or TOO_SHORT
    cause: str  # in plain words
    advice: str = ""  # what to do next
    count: int = 1  # runs in which it failed
    size: int = 0  # bytes; with mtime_ns it tells whether the file has changed since
    mtime_ns: int = 0

    @classmethod
    def of(cls, path: Path, stage: str, error: UserError) -> Self:
        """Make a failure from an error about this path. The path is not repeated in the cause."""
        return cls(str(path), stage, error.message.removeprefix(f"{printable(path)}: "), error.advice)

    @property
    def is_too_short(self) -> bool:
        """Whether nothing is wrong with the file: it is only counted, and not read again until it changes."""
        return self.stage == TOO_SHORT

    def __str__(self) -> str:
        advice = f". {self.advice}" if self.advice else ""
        return f"{self.path}: {self.cause}{advice}"


class FailureList:
    """The failures that no later run has resolved, stored in a JSON Lines file that several processes may change.

    Every change appends a line and the last line about a path wins. Opening the list rewrites it without outdated
    lines. Thread-safe.
    """

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)
        self._failures: dict[str, Failure] = {}
        self._version: tuple[int, ...] = ()  # of the file as it was read
        if self._outdated_lines():
            with self._file.alone():
                if self._outdated_lines():
                    self._file.rewrite(asdict(failure) for failure in self._failures.values())
                    self._version = self._file.version()

    def __iter__(self) -> Iterator[Failure]:
        self._read()
        return iter(list(self._failures.values()))

    def __len__(self) -> int:
        self._read()
        return len(self._failures)

    def find(self, path: str, size: int, mtime_ns: int) -> Failure | None:
        """The failure of exactly this version of the file, or None."""
        self._read()
        failure = self._failures.get(path)
        return failure if failure and (failure.size, failure.mtime_ns) == (size, mtime_ns) else None

    def add(self, failure: Failure) -> None:
        """Add a failure, counting earlier failures of the same path."""
        with self._changing():
            before = self._failures.pop(failure.path, None)  # it comes last, as in the file
            failure = replace(failure, count=before.count + 1 if before else 1)
            self._failures[failure.path] = failure
            self._file.append(asdict(failure))

    def forget(self, path: str) -> None:
        """Remove the failure of a file that was indexed or is gone."""
        self._read()
        if path not in self._failures:
            return
        with self._changing():
            if self._failures.pop(path, None) is not None:
                self._file.append({"path": path, "mended": True})

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._file.alone():
            self._read()
            yield
            self._version = self._file.version()

    def _read(self) -> None:
        """Read the file if another process has changed it."""
        version = self._file.version()
        if version != self._version:
            self._failures = _last_of_each(self._file.read())
            self._version = version

    def _outdated_lines(self) -> bool:
        version = self._file.version()
        lines = self._file.read()
        self._failures, self._version = _last_of_each(lines), version
        return len(lines) > len(self._failures)


def _last_of_each(lines: Iterable[dict[str, Any]]) -> dict[str, Failure]:
    failures: dict[str, Failure] = {}
    for line in lines:
        try:
            path = line["path"]
            failures.pop(path, None)
            if not line.get("mended"):
                failures[path] = Failure(**line)
        except (TypeError, KeyError):  # written by another version
            continue
    return failures
