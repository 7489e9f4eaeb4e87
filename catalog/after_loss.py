"""What a kill or a loss of power may leave in a shard, put right before the engine loads it."""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.descriptors import TEXT
from catalog.engine import Payload
from catalog.raw_shard import RawShard
from polymuse.files import sync_directory, write_atomically
from polymuse.music import MIX
from polymuse.parse_json import parse_json

CONFIGURATION = "edge_config.json"


def put_right(shard: Path, usual: Collection[str]) -> None:
    """Remove unfinished files, and vectors that are not complete but for the `usual` ones. Raises OSError."""
    for leftover in shard.glob("temp_segments/*"):  # of an optimization: https://github.com/qdrant/qdrant/issues/2317
        shutil.rmtree(leftover)
    for chunk in shard.glob("segments/*/vector_storage-*/*/chunk_*.mmap"):
        if chunk.stat().st_size == 0:  # new and without a flush: its length was lost, and nothing in it was reported
            chunk.unlink()
    _drop_new_vectors(shard, usual)


@dataclass(frozen=True, slots=True)
class ShortFile:
    """A file of vectors, or of their codes, that has lost its name or length.

    The engine makes such a file at its full length, and fills it later.
    """

    path: Path
    length: int  # bytes that it must have
    segment: Path
    vector: str  # name
    slots: range  # of the segment, whose vectors it should have and has not

    def lengthen(self) -> None:
        """Add zeros up to its length, on disk when this returns. Raises OSError."""
        with self.path.open("ab") as file:
            file.truncate(self.length)
            os.fsync(file.fileno())
        sync_directory(self.path.parent)


def short_files(shard: Path) -> list[ShortFile]:
    """The files that are shorter than the engine makes them, or missing. Raises OSError."""
    found: list[ShortFile] = []
    for kind in ("vectors", "quantized_data"):
        folders = [*shard.glob(f"segments/*/vector_storage-*/{kind}")]
        if (sizes := _sizes(folders)) is not None:
            found += [file for folder in folders for file in _short_files(folder, *sizes)]
    return found


def _sizes(folders: Iterable[Path]) -> tuple[int, int] | None:
    """Bytes and vectors in a file: the same in all folders of a kind, of which some may have lost theirs."""
    for folder in folders:
        try:
            sizes = parse_json((folder / "config.json").read_bytes())
            length, in_file = int(sizes["chunk_size_bytes"]), int(sizes["chunk_size_vectors"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            continue
        if length >= in_file > 0:
            return length, in_file
    return None  # damaged, which the engine says


def _short_files(folder: Path, length: int, in_file: int) -> Iterator[ShortFile]:
    there = {path for path in folder.glob("chunk_*.mmap") if path.stem.removeprefix("chunk_").isdecimal()}
    status = folder / "status.dat"  # the number of vectors, behind by those that are still in the log
    files = -(-int.from_bytes(status.read_bytes()[:8], "little") // in_file) if status.exists() else 0
    needed = {folder / f"chunk_{index}.mmap" for index in range(min(files, len(there) + 1))}  # more is damage
    for path in sorted(there | needed):
        size = path.stat().st_size if path.exists() else 0
        if size < length:
            first = in_file * int(path.stem.removeprefix("chunk_"))
            slots = range(first + size // (length // in_file), first + in_file)
            name = folder.parent.name.removeprefix("vector_storage-")
            yield ShortFile(path, length, folder.parent.parent, name, slots)


def points_of(files: Sequence[ShortFile], shard: Path) -> dict[str, Payload]:
    """The payloads by id, as far as they can be read, of points that lack a vector that they were stored with."""
    with RawShard(shard, dim=1) as raw:  # of vectors, which are not read
        points = {id_: (point, point.payload() or {}) for id_, point in raw.points().items()}
        return {
            id_: payload
            for id_, (point, payload) in points.items()
            for file in files
            if point.is_at(file.segment, file.slots) and file.vector in _stored_with(payload)
        }


def _stored_with(payload: Payload) -> Sequence[str]:
    """Names of vectors. Tracks list theirs; segments and descriptors have one each, the state of descriptors none."""
    names = payload.get("has", [MIX] if "track" in payload else [TEXT] if "slug" in payload else [])
    return names if isinstance(names, list) else []


def _drop_new_vectors(shard: Path, usual: Collection[str]) -> None:
    """Remove vectors from a segment that the configuration does not have yet.

    The engine adds a vector to its segments first, and refuses a shard whose configuration has not followed. Nothing
    was stored in them before the configuration was synced.
    """
    try:
        known = parse_json((shard / CONFIGURATION).read_bytes())["vectors"]
        if not known.keys() >= set(usual):  # made with the shard: the configuration is damaged, and proves nothing
            return
        for path in shard.glob("segments/*/segment.json"):
            segment = parse_json(path.read_bytes())
            vectors = segment["config"]["vector_data"]
            if new := vectors.keys() - known:
                segment["config"]["vector_data"] = {name: each for name, each in vectors.items() if name in known}
                with write_atomically(path, "w") as file:
                    json.dump(segment, file)
                for name in new:
                    shutil.rmtree(path.with_name(f"vector_storage-{name}"), ignore_errors=True)
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return  # damaged, which the engine says
