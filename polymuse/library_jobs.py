"""The work of a service on its library, as its clients see it."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["scan", "retry", "weights"]
State = Literal["waiting", "running", "paused", "done", "failed", "stopped"]
Phase = Literal["weights", "scanning", "analysing", "measuring", "done"]
FolderState = Literal["watched", "polled", "missing", "unreadable", "off"]

FINAL_STATES = ("done", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error in plain words."""

    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class FileCounts:
    """Files of a job by their outcome."""

    total: int | None = None  # None before the scan is complete
    done: int = 0  # the sum of those below, but for the measured ones
    indexed: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0  # that failed in an earlier run and have not changed since
    measured: int = 0  # known files of which tempo, key and loudness were measured, counted above as well
    to_measure: int = 0  # known files of which they are to be measured, with those that are done


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download."""

    name: str
    bytes: int  # received so far
    total: int  # 0 if unknown


@dataclass(frozen=True, slots=True)
class Speed:
    files_per_minute: float | None = None
    times_realtime: float | None = None  # seconds of audio analysed per second


@dataclass(frozen=True, slots=True)
class LibraryJob:
    """A job at one moment. Times are ISO 8601, UTC."""

    id: str
    kind: Kind
    state: State
    phase: Phase
    started: str | None = None
    ended: str | None = None
    files: FileCounts = field(default_factory=FileCounts)
    forgotten: int = 0  # files that were gone
    download: Transfer | None = None
    speed: Speed = field(default_factory=Speed)
    seconds_left: float | None = None
    bottleneck: str | None = None
    current: str | None = None  # the file that was finished last
    problem: Trouble | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobList:
    """The recent jobs: the running one, then the newest."""

    paused: bool
    gone: int = 0  # files that the last scan found gone and has kept, because they are too many at once
    jobs: tuple[LibraryJob, ...] = ()


@dataclass(frozen=True, slots=True)
class MusicFolder:
    """A folder that the service keeps up to date."""

    path: str
    origin: Literal["settings", "page"]
    state: FolderState
    files: int | None = None  # audio files found by the last scan
    problem: Trouble | None = None


@dataclass(frozen=True, slots=True)
class MusicFolders:
    """All folders of the service, and the roots below which its clients may choose others."""

    folders: tuple[MusicFolder, ...]
    roots: tuple[str, ...]
    watch: bool  # whether changes are noticed as they happen
    editable: bool = True


@dataclass(frozen=True, slots=True)
class FolderEntry:
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The folders in a folder; the roots themselves have neither path nor parent."""

    path: str | None
    parent: str | None
    folders: tuple[FolderEntry, ...]
    audio_files: int


@dataclass(frozen=True, slots=True)
class FileFailure:
    """A file that could not be indexed."""

    path: str
    name: str
    stage: str
    cause: str
    advice: str


@dataclass(frozen=True, slots=True)
class FailurePage:
    failures: tuple[FileFailure, ...]
    total: int
    cursor: str | None  # of the next page
