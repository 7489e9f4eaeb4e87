"""The directory of a catalog: its space, its owner process and the files of the engine.

<store>/tracks__<space>/store.json   the space, and a lower bound of the number of tracks
                        owner.lock   locked by the process that owns the store, see `catalog.owner`
                        owner.json   describes that process
                        owner.sock   on which it answers for others
                        shard/       tracks, written by the engine
                        segments/    their segments, written by the engine
<store>/format1--tracks__<space>     backup of the store before its conversion to a newer format
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from catalog import owner
from catalog.backup import back_up
from polymuse.errors import UnavailableError
from polymuse.file_names import is_plain
from polymuse.files import make_directories, write_atomically

# Format of the stored data. 2 added segments, which a program of format 1 would not delete with their track. Older
# formats are converted, newer ones refused.
FORMAT = 2
PREFIX = "tracks__"
MAX_DIM = 1 << 16

_REBUILD = "Move that folder away and index the music again; the music itself is untouched."


class Embedder(Protocol):
    """The attributes of an embedder that define its space; the catalog does not depend on models."""

    name: str
    dim: int
    fingerprint: str
    profile: str


@dataclass(frozen=True, slots=True)
class Space:
    """The vector space of an embedder. Vectors of different fingerprints cannot be compared.

    Spaces come from exports, servers and files as well, and their names become those of folders and collections. Raises
    ValueError for values that no embedder has.
    """

    name: str
    dim: int
    fingerprint: str
    profile: str

    def __post_init__(self) -> None:
        if not all(map(is_plain, (self.name, self.fingerprint, self.profile))):
            raise ValueError(f"{self.name!r}, {self.fingerprint!r} or {self.profile!r} is not the name of a space")
        if type(self.dim) is not int or not 1 <= self.dim <= MAX_DIM:
            raise ValueError(f"vectors of {self.dim!r} numbers")

    @classmethod
    def of(cls, embedder: Embedder) -> Self:
        """The space of an embedder."""
        return cls(embedder.name, embedder.dim, embedder.fingerprint, embedder.profile)


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Information about a stored catalog that has not been opened."""

    path: Path
    space: Space
    created: str  # ISO 8601, UTC
    tracks: int  # as of the last flush or clean exit
    bytes_on_disk: int


class StoreDirectory:
    """A directory that this process owns until `close`."""

    def __init__(self, store: Path, space: Space, *, shared: bool = False) -> None:
        """Lock the directory, create it if missing, and check that it belongs to this space.

        `shared` announces that this process will answer for others. A store of an older format is backed up and
        converted. Raises InUseError if another process has it open, and UnavailableError if it was made by another
        model, has a newer format or is damaged, or if there is no space for the backup.
        """
        self.path = directory_of(store, space)
        self.space = space
        try:
            make_directories(self.path)
            self._lock = owner.lock(self.path, shared=shared)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            self._meta = self._read_or_create()
        except BaseException:
            self._lock.close()
            raise

    @property
    def shard(self) -> Path:
        return self.path / "shard"

    @property
    def segments(self) -> Path:
        return self.path / "segments"

    @property
    def tracks(self) -> int:
        """Lower bound of the number of tracks. Fewer tracks mean that files were lost."""
        return self._meta["tracks"]

    def record_tracks(self, tracks: int) -> None:
        """Record the number of tracks. Call it before deleting and after flushing, so that it is never too high."""
        if tracks != self._meta["tracks"]:
            self._write({**self._meta, "tracks": tracks})

    def close(self) -> None:
        owner.withdraw(self.path)
        self._lock.close()

    def announce(self, address: Mapping[str, Any]) -> None:
        """Tell others where this process answers. Raises UnavailableError."""
        try:
            owner.announce(self.path, shared=True, address=address)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _read_or_create(self) -> dict[str, Any]:
        if (self.path / "store.json").exists():
            meta = check_same_space(self.path, self.space)
            if meta["tracks"] and not self.shard.exists():
                raise UnavailableError(f"The store {self.path} is damaged: its folder shard is gone", _REBUILD)
            return meta if meta["format"] == FORMAT else self._upgrade(meta)
        if self.shard.exists():
            raise UnavailableError(f"The store {self.path} is damaged: store.json is missing", _REBUILD)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return self._write({"format": FORMAT, **asdict(self.space), "created": created, "tracks": 0})

    def _upgrade(self, meta: dict[str, Any]) -> dict[str, Any]:
        """1 -> 2: segments have a separate shard, created when the store is opened; no track has segments yet."""
        try:
            back_up(self.path, f"format{meta['format']}--{self.path.name}", bytes_on_disk(self.path))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return self._write({**meta, "format": FORMAT})

    def _write(self, meta: dict[str, Any]) -> dict[str, Any]:
        try:
            _write_json(self.path / "store.json", meta)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._meta = meta
        return meta


def directory_of(store: Path, space: Space) -> Path:
    """The directory of the catalog of this space."""
    return store / f"{PREFIX}{space.name}"


def stored_spaces(store: Path) -> list[StoreInfo]:
    """The catalogs below `store`, ordered by name. Raises UnavailableError for a damaged one."""
    infos = []
    for path in sorted(store.glob(f"{PREFIX}*")):
        if (path / "store.json").exists():
            meta = _read_meta(path)
            infos.append(StoreInfo(path, _space(meta), meta["created"], meta["tracks"], bytes_on_disk(path)))
    return infos


def bytes_on_disk(path: Path) -> int:
    """Disk usage of the files below, not their length: files of the engine are sparse."""
    sizes = []
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                status = (Path(folder) / name).stat()
            except FileNotFoundError:  # the engine replaced it meanwhile
                continue
            sizes.append(status.st_blocks * 512 if hasattr(status, "st_blocks") else status.st_size)
    return sum(sizes)


def _read_meta(path: Path) -> dict[str, Any]:
    """Read and check store.json. Raises UnavailableError."""
    kinds = {"name": str, "dim": int, "fingerprint": str, "profile": str, "created": str, "tracks": int}
    try:
        meta = json.loads((path / "store.json").read_bytes())
        version = meta["format"]
        known = isinstance(version, int) and 1 <= version <= FORMAT
        if isinstance(version, int) and version > FORMAT:
            raise UnavailableError(
                f"The store {path} has format {version}, this version of polymuse knows up to {FORMAT}",
                "Update polymuse, or choose another POLYMUSE_HOME.",
            )
        if not known or not all(isinstance(meta[key], kind) for key, kind in kinds.items()):
            raise ValueError(f"unexpected values {meta}")
        _space(meta)
    except OSError as error:
        raise UnavailableError(
            f"The store {path} cannot be read: {error.strerror}", "Check its permissions."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnavailableError(f"The store {path} is damaged: store.json is invalid", _REBUILD) from error
    return meta


def _space(meta: Mapping[str, Any]) -> Space:
    """Raises ValueError."""
    return Space(meta["name"], meta["dim"], meta["fingerprint"], meta["profile"])


def check_same_space(path: Path, space: Space) -> dict[str, Any]:
    """Content of store.json. Raises UnavailableError if it cannot be read, or if another model made the store."""
    meta = _read_meta(path)
    if (meta["fingerprint"], meta["dim"]) != (space.fingerprint, space.dim):
        raise UnavailableError(
            f"The store {path} was made by another version of the {meta['profile']} model: {meta['fingerprint'][:12]} "
            f"with {meta['dim']} numbers per vector, not {space.fingerprint[:12]} with {space.dim}",
            "Go back to that model, or run `polymuse migrate model`, or move that folder away and index again.",
        )
    return meta


def _unwritable(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The store {path} cannot be written: {error.strerror}", "Check permissions and free space of its disk."
    )


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with write_atomically(path, "w") as file:
        json.dump(value, file)
