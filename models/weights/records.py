"""Weight files on disk, and the records next to them with their expected hashes."""

import importlib.util
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from models.weights.manifest import CheckpointInWheel, Download, InstalledPackage, RemoteFile
from models.weights.wheels import sha256_of
from polymuse.files import write_atomically
from polymuse.parse_json import parse_json

IMPORTED = "imported"  # source of a file that the user imported


class State(StrEnum):
    """The state of weights on this machine."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


class Origin(StrEnum):
    """Where the expected hash of a file is from."""

    KNOWN = "known"  # the manifest
    FIRST_DOWNLOAD = "first download"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class FileHash:
    """The expected hash of a file of some weights."""

    name: str
    sha256: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Record:
    """Stored next to a complete file: its origin and its expected hash and size.

    A record that is newer than its file also states that the file was verified since it last changed.
    """

    source_sha256: str  # of the original of a converted file; else of the file itself
    sha256: str
    size: int  # bytes
    source: str = ""  # URL or IMPORTED; "" for a wheel, which its hash identifies


def record_path(target: Path) -> Path:
    """The path of the record of a file."""
    return target.with_name(target.name + ".json")


def read_record(target: Path) -> Record | None:
    """The record of a complete file; None if it is missing or invalid."""
    try:
        return Record(**parse_json(record_path(target).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def forget(target: Path) -> None:
    """Deletes the record of a file, which makes the file count as missing."""
    record_path(target).unlink(missing_ok=True)


def write_record(target: Path, record: Record) -> None:
    """Writes the record of a complete file."""
    with write_atomically(record_path(target), "w") as file:
        file.write(json.dumps({key: value for key, value in asdict(record).items() if value != ""}, indent=1) + "\n")


def file_hashes(root: Path, source: CheckpointInWheel | InstalledPackage | Download) -> tuple[FileHash, ...]:
    """The expected hashes of the files of a source, as far as they are known. `root` is that of the store."""
    if isinstance(source, CheckpointInWheel):
        return (FileHash(source.wheel.file, source.wheel.sha256, Origin.KNOWN),)
    if isinstance(source, InstalledPackage):
        return tuple(FileHash(name, sha256, Origin.KNOWN) for name, sha256 in source.files.items())
    hashes = (_file_hash(root / source.directory / file.name, file) for file in source.files)
    return tuple(found for found in hashes if found is not None)


def _file_hash(target: Path, file: RemoteFile) -> FileHash | None:
    record = read_record(target)
    if record is not None and record.source == IMPORTED and record.sha256 != file.sha256:
        return FileHash(file.name, record.sha256, Origin.IMPORTED)
    if file.sha256 is not None:
        return FileHash(file.name, file.sha256, Origin.KNOWN)
    if record is not None and record.source == file.url:
        return FileHash(file.name, record.sha256, Origin.FIRST_DOWNLOAD)
    return None


def converted_state(target: Path, source: CheckpointInWheel, *, thorough: bool) -> State:
    """The state of a file that was converted from a checkpoint in a wheel."""
    record = read_record(target)
    if record is None or record.source_sha256 != source.wheel.sha256:
        return State.MISSING
    return _state(target, record, thorough=thorough)


def download_state(directory: Path, source: Download, *, thorough: bool) -> State:
    """The worst state of the files of a download in `directory`."""
    states = {file_state(directory / file.name, file, thorough=thorough) for file in source.files}
    return next(state for state in (State.MISSING, State.DAMAGED, State.PRESENT) if state in states)


def file_state(target: Path, file: RemoteFile, *, thorough: bool) -> State:
    """The state of one downloaded or imported file."""
    record = read_record(target)
    if record is None or record.source not in (file.url, IMPORTED):
        return State.MISSING
    if record.source == file.url and file.sha256 not in (None, record.sha256):
        return State.MISSING
    return _state(target, record, thorough=thorough)


def package_state(directory: Path | None, source: InstalledPackage, *, thorough: bool) -> State:
    """The state of the files of an installed package."""
    if directory is None:
        return State.MISSING
    files = {directory / name: sha256 for name, sha256 in source.files.items()}
    if not all(path.is_file() for path in files):
        return State.DAMAGED
    if thorough and any(sha256_of(path) != sha256 for path, sha256 in files.items()):
        return State.DAMAGED
    return State.PRESENT


def installed(source: InstalledPackage) -> Path | None:
    """The directory of the files, located without running the package's code; None if it is not installed."""
    spec = importlib.util.find_spec(source.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / source.directory


def known_intact(target: Path) -> bool:
    """Whether the file was verified since it last changed. Reading gigabytes again would take seconds."""
    record = record_path(target)
    return record.exists() and target.exists() and record.stat().st_mtime_ns > target.stat().st_mtime_ns


def hash_of(target: Path) -> str:
    """The sha256 of a file, from its record if it is known to be intact, else computed. Raises OSError."""
    record = read_record(target) if known_intact(target) else None
    return sha256_of(target) if record is None else record.sha256


def _state(target: Path, record: Record, *, thorough: bool) -> State:
    if not target.is_file():
        return State.MISSING
    if target.stat().st_size != record.size:
        return State.DAMAGED
    if not thorough:
        return State.PRESENT
    intact = sha256_of(target) == record.sha256
    with suppress(OSError):  # if the record cannot be touched, the next process verifies the file again
        os.utime(record_path(target), None if intact else (0, 0))
    return State.PRESENT if intact else State.DAMAGED
