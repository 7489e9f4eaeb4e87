"""What a kill or a loss of power may leave in a shard, put right before the engine loads it."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from polymuse.files import write_atomically
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
