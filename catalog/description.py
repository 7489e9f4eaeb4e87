"""What a store says about itself: `store.json`, with a copy in case it is lost.

store.json       {"format", "engine", "name", "dim", "fingerprint", "profile", "created", "tracks", "lost"}
store.copy.json  the same, without numbers of tracks
"""

import json
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, Self

from polymuse.errors import UnavailableError
from polymuse.file_names import is_plain
from polymuse.files import write_atomically
from polymuse.parse_json import parse_json

# Format of the stored data. 2 added segments, which a program of format 1 would not delete with their track. Older
# formats are converted, newer ones refused.
FORMAT = 2
MAX_DIM = 1 << 16
FIRST_ENGINE = "0.9.0"  # of stores that do not name theirs
NAME, COPY = "store.json", "store.copy.json"
KINDS = {"name": str, "dim": int, "fingerprint": str, "profile": str, "created": str, "tracks": int}
KINDS_OF_LATER = {"engine": str, "lost": int}

REBUILD = "Put back a backup. Without one, move that folder away and index the music again, which is untouched."
REPAIR = "Run `polymuse doctor --repair`: it saves what can be read, and keeps the damaged store."


class DamagedError(UnavailableError):
    """A store that the engine cannot read; `catalog.salvage` may."""


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
        for part in ("name", "fingerprint", "profile"):
            if not is_plain(getattr(self, part)):
                raise ValueError(f"the {part} of the space is not a text of letters, digits, - and _")
        if type(self.dim) is not int or not 1 <= self.dim <= MAX_DIM:
            raise ValueError(f"dim, the length of the vectors, is not a whole number from 1 to {MAX_DIM}")

    @classmethod
    def of(cls, embedder: Embedder) -> Self:
        """The space of an embedder."""
        return cls(embedder.name, embedder.dim, embedder.fingerprint, embedder.profile)


@dataclass(frozen=True, slots=True)
class Description:
    """A store, as it describes itself."""

    space: Space
    created: str  # ISO 8601, UTC
    tracks: int = 0  # a lower bound, as of the last flush or clean exit
    lost: int = 0  # tracks that were found missing and that nobody has been told of by a repair
    format: int = FORMAT
    engine: str = ""  # version of the engine that has opened it last


def exists(path: Path) -> bool:
    """Whether the store `path` has a description."""
    return (path / NAME).exists() or (path / COPY).exists()


def read(path: Path) -> Description:
    """The description of the store `path`, or its copy if it is damaged.

    Raises DamagedError if both are lost, and UnavailableError for a newer format and a failing disk.
    """
    try:
        return _read(path / NAME, path)
    except (ValueError, KeyError, TypeError, FileNotFoundError) as damage:
        try:
            return replace(_read(path / COPY, path), tracks=0, lost=0)
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            what = "missing" if isinstance(damage, FileNotFoundError) else "invalid"
            raise DamagedError(f"The store {path} is damaged: {NAME} is {what}", REPAIR) from damage


def write(path: Path, description: Description) -> None:
    """Replace the description of the store `path`; the copy only if more than numbers differs. Raises OSError."""
    constant = replace(description, tracks=0, lost=0)
    try:
        same = _read(path / COPY, path) == constant
    except (ValueError, KeyError, TypeError, OSError, UnavailableError):
        same = False
    if not same:
        _write(path / COPY, constant)
    _write(path / NAME, description)


def engine_version() -> str:
    """The version of the embedded engine, whose files may change with each; "" if it is installed without metadata."""
    try:
        return version("qdrant-edge-py")
    except PackageNotFoundError:
        return ""


def _read(file: Path, path: Path) -> Description:
    try:
        found = parse_json(file.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnavailableError(
            f"The store {path} cannot be read: {error.strerror}", "Check its permissions and its disk."
        ) from error
    number = found["format"]
    if isinstance(number, int) and number > FORMAT:
        raise UnavailableError(
            f"The store {path} has format {number}, this version of polymuse knows up to {FORMAT}",
            "Update polymuse, or choose another POLYMUSE_HOME.",
        )
    found = {"engine": FIRST_ENGINE, "lost": 0} | found
    if not isinstance(number, int) or number < 1 or not _is_valid(found):
        raise ValueError(f"unexpected values {found}")
    space = Space(found["name"], found["dim"], found["fingerprint"], found["profile"])
    return Description(space, found["created"], found["tracks"], found["lost"], number, found["engine"])


def _is_valid(found: dict[str, Any]) -> bool:
    return all(isinstance(found[key], kind) for key, kind in (KINDS | KINDS_OF_LATER).items())


def _write(file: Path, description: Description) -> None:
    content = asdict(description)
    with write_atomically(file, "w") as stream:
        json.dump(content.pop("space") | content, stream)
