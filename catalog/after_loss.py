"""What a kill or a loss of power may leave in a shard, put right before the engine loads it."""

import json
import shutil
from pathlib import Path

from polymuse.files import write_atomically
from polymuse.parse_json import parse_json

CONFIGURATION = "edge_config.json"


def put_right(shard: Path) -> None:
    """Remove unfinished files, and complete the configuration. Raises OSError."""
    for leftover in shard.glob("temp_segments/*"):  # of an optimization: https://github.com/qdrant/qdrant/issues/2317
        shutil.rmtree(leftover)
    for chunk in shard.glob("segments/*/vector_storage-*/*/chunk_*.mmap"):
        if chunk.stat().st_size == 0:  # new and without a flush: its length was lost, and nothing in it was reported
            chunk.unlink()
    _name_vectors(shard)


def _name_vectors(shard: Path) -> None:
    """Add vectors to the configuration that a segment has already.

    The engine adds a vector to its segments first, and refuses a shard whose configuration has not followed.
    """
    path = shard / CONFIGURATION
    try:
        configuration = parse_json(path.read_bytes())
        known = configuration["vectors"]
        vectors = [
            parse_json(file.read_bytes())["config"]["vector_data"] for file in shard.glob("segments/*/segment.json")
        ]
        new = {
            name: {"size": vector["size"], "distance": vector["distance"]}
            for each in vectors
            for name, vector in each.items()
            if name not in known
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return  # damaged, which the engine says
    if new:
        with write_atomically(path, "w") as file:
            json.dump({**configuration, "vectors": {**known, **new}}, file)
