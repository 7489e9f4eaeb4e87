"""The directory of a catalog: its space, its owner process and the files of the engine.

<store>/tracks__<space>/store.json   the space, and a lower bound of the number of tracks, see `catalog.description`
                        owner.lock   locked by the process that owns the store, see `catalog.owner`
                        owner.json   describes that process
                        owner.sock   on which it answers for others
                        shard/       tracks, written by the engine
                        segments/    their segments, written by the engine
                        descriptors/ descriptors, written by the engine, once there are any
                        names.npz    the names of the tracks, derived from them, see `catalog.names.stored_index`
                        overwritten  tracks whose vectors are being replaced, see `catalog.overwritten`
<store>/format1--tracks__<space>     backup of the store before its conversion to a newer format
<store>/engine0.9.0--tracks__<space> backup of the store before another version of the engine opened it
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog import description, owner
from catalog.backup import back_up
from catalog.description import FORMAT, REBUILD, REPAIR, DamagedError, Description, Space, engine_version
from catalog.overwritten import OVERWRITTEN, Overwritten
from polymuse.errors import UnavailableError
from polymuse.excerpts import OTHER_EXCERPTS, difference
from polymuse.files import make_directories

PREFIX = "tracks__"


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Information about a stored catalog that has not been opened."""

    path: Path
    space: Space
    created: str  # ISO 8601, UTC
    tracks: int  # as of the last flush or clean exit
    bytes_on_disk: int
    lost: int = 0  # tracks that were found missing since the last repair


class StoreDirectory:
    """A directory that this process owns until `close`."""

    def __init__(self, store: Path, space: Space, *, shared: bool = False) -> None:
        """Lock the directory, create it if missing, and check that it belongs to this space.

        `shared` announces that this process will answer for others. A store of an older format or another version of
        the engine is backed up first. Raises InUseError if another process has it open, and UnavailableError if it was
        made by another model, has a newer format or is damaged, or if there is no space for the backup.
        """
        self.path = directory_of(store, space)
        self.space = space
        try:
            make_directories(self.path)
            self._lock = owner.lock(self.path, shared=shared)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            self._described = self._read_or_create()
            self.overwritten = Overwritten(self.path / OVERWRITTEN)
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
    def descriptors(self) -> Path:
        return self.path / "descriptors"

    @property
    def tracks(self) -> int:
        """Lower bound of the number of tracks. Fewer tracks mean that files were lost."""
        return self._described.tracks

    def record_tracks(self, tracks: int) -> None:
        """Record the number of tracks. Call it before deleting and after flushing, so that it is never too high."""
        if tracks != self._described.tracks:
            self._write(replace(self._described, tracks=tracks))

    def record_loss(self, tracks: int) -> None:
        """Record that only so many tracks are left. It is kept until `forget_losses`."""
        lost = self._described.lost + self._described.tracks - tracks
        self._write(replace(self._described, tracks=tracks, lost=lost))

    def forget_losses(self) -> None:
        """Record that the losses are known."""
        if self._described.lost:
            self._write(replace(self._described, lost=0))

    def close(self) -> None:
        owner.withdraw(self.path)
        self._lock.close()

    def announce(self, address: Mapping[str, Any]) -> None:
        """Tell others where this process answers. Raises UnavailableError."""
        try:
            owner.announce(self.path, shared=True, address=address)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _read_or_create(self) -> Description:
        if description.exists(self.path):
            found = check_same_space(self.path, self.space)
            if found.tracks and not self.shard.exists():
                raise UnavailableError(f"The store {self.path} is damaged: its folder shard is gone", REBUILD)
            return self._upgraded(found)
        if self.shard.exists():
            raise DamagedError(f"The store {self.path} is damaged: {description.NAME} is missing", REPAIR)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return self._write(Description(self.space, created, engine=engine_version()))

    def _upgraded(self, found: Description) -> Description:
        """Copy a store that will be changed: by its conversion to this format, or by another version of the engine.

        1 -> 2: segments have a separate shard, created when the store is opened; no track has segments yet.
        """
        engine = engine_version()
        if found.format == FORMAT and found.engine == engine:
            return found if (self.path / description.NAME).exists() else self._write(found)
        old = (
            f"format{found.format}"
            if found.format != FORMAT
            else f"engine{re.sub(r'[^0-9A-Za-z.]', '_', found.engine)}"
        )
        try:
            back_up(self.path, f"{old}--{self.path.name}", bytes_on_disk(self.path))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return self._write(replace(found, format=FORMAT, engine=engine))

    def _write(self, described: Description) -> Description:
        try:
            description.write(self.path, described)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._described = described
        return described


def directory_of(store: Path, space: Space) -> Path:
    """The directory of the catalog of this space."""
    return store / f"{PREFIX}{space.name}"


def stored_spaces(store: Path) -> list[StoreInfo]:
    """The catalogs below `store`, ordered by name. Raises UnavailableError for a damaged one."""
    infos = []
    for path in sorted(store.glob(f"{PREFIX}*")):
        if description.exists(path) or (path / "shard").exists():
            found = description.read(path)
            size = bytes_on_disk(path)
            infos.append(StoreInfo(path, found.space, found.created, found.tracks, size, found.lost))
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


def check_same_space(path: Path, space: Space) -> Description:
    """The description of a store. Raises UnavailableError if it cannot be read, or if another model made the store."""
    found = description.read(path)
    made = found.space
    if what := difference(made.fingerprint, space.fingerprint):
        raise UnavailableError(f"The store {path} holds {what}", OTHER_EXCERPTS)
    if (made.fingerprint, made.dim) != (space.fingerprint, space.dim):
        raise UnavailableError(
            f"The store {path} was made by another version of the {made.profile} model: {made.fingerprint[:12]} "
            f"with {made.dim} numbers per vector, not {space.fingerprint[:12]} with {space.dim}",
            "Go back to that model, or run `polymuse migrate model`, or move that folder away and index again.",
        )
    return found


def _unwritable(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The store {path} cannot be written: {error.strerror}", "Check permissions and free space of its disk."
    )
