"""Makes the description of a store anew from its tracks, where it and its copy are lost."""

from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from catalog import description, owner
from catalog.description import REBUILD, DamagedError, Description, Space, engine_version
from catalog.raw_shard import RawShard
from catalog.store import PREFIX
from polymuse.errors import UnavailableError
from polymuse.music import MIX
from polymuse.parse_json import parse_json

INVALID = (OSError, ValueError, KeyError, TypeError)  # of files with other content


def undescribed(store: Path) -> list[Path]:
    """The stores below `store` whose description is lost. Raises UnavailableError if one cannot be read."""
    found = []
    for path in sorted(store.glob(f"{PREFIX}*")):
        try:
            if (path / "shard").exists():
                description.read(path)
        except DamagedError:
            found.append(path)
    return found


def describe_anew(path: Path) -> Space:
    """Describe a store by its folder, the configuration of its engine and the model that most of its tracks name.

    Raises UnavailableError if these do not say enough, InUseError.
    """
    name, dim = path.name.removeprefix(PREFIX), _dim(path / "shard")
    with owner.lock(path, shared=False):
        with RawShard(path / "shard", dim or 1) as shard:
            payloads = [payload for point in shard.points().values() if (payload := point.payload())]
        models = Counter(model for payload in payloads if (model := _model(payload)))
        try:
            [(fingerprint, _)] = models.most_common(1)
            space = Space(name, dim, fingerprint, name)  # embedders are named after their profiles
        except ValueError:
            raise UnavailableError(
                f"The store {path} is damaged: {description.NAME} is lost, and no track says which model made it",
                REBUILD,
            ) from None
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            description.write(path, Description(space, now, len(payloads), engine=engine_version()))
        except OSError as error:
            raise UnavailableError(
                f"The store {path} cannot be written: {error.strerror}", "Check permissions and free space of its disk."
            ) from error
        owner.withdraw(path)
    return space


def _dim(shard: Path) -> int:
    """0 if no file says it."""
    for file in chain([shard / "edge_config.json"], sorted(shard.glob("segments/*/segment.json"))):
        try:
            found = parse_json(file.read_bytes())
            return int((found["vectors"] if "vectors" in found else found["config"]["vector_data"])[MIX]["size"])
        except INVALID:
            continue
    return 0


def _model(payload: dict[str, Any]) -> str:
    models = payload.get("models")
    model = models.get("embedder") if isinstance(models, dict) else None
    return model if isinstance(model, str) else ""
