"""Values passed between the stages of indexing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from indexer.failures import Failure
from indexer.file_tags import TagInfo
from indexer.scan import AudioFile
from models.profiles import PROFILES
from models.recipe import Recipe
from models.weights.store import WeightStore


class Embedder(Protocol):
    """An embedder, or the space of its vectors."""

    @property
    def fingerprint(self) -> str: ...


def fingerprints(recipe: Recipe, embedder: Embedder, weights: WeightStore) -> dict[str, str]:
    """{role: fingerprint} of the models that a recipe uses for a track."""
    made_with = {"embedder": embedder.fingerprint}
    if recipe.stems:
        made_with["separator"] = PROFILES[recipe.profile].separator_fingerprint(weights, recipe.separation)
    return made_with


@dataclass(frozen=True, slots=True)
class Identified:
    """A file with the id of its track and its tags."""

    file: AudioFile
    track_id: str
    tags: TagInfo
    seconds: float = 0.0  # that identifying took
    length: float | None = None  # of the whole file, in seconds; None if it is unknown
    remarks: tuple[str, ...] = ()
    redecoded: bool = False  # as in `indexer.redecoding`


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a file without identifying it."""

    tags: TagInfo
    redecoded: bool = False  # as in `indexer.redecoding`


@dataclass(frozen=True, slots=True)
class Job:
    """One track to analyse."""

    identified: Identified
    save_stems: Path | None  # directory for the stems of this track, or None to keep none


Status = Literal["indexed", "updated", "unchanged", "measured", "too short", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one file."""

    path: str
    status: Status
    size: int = 0  # bytes
    seconds: float = 0.0  # of audio that was analysed or measured
    track_id: str = ""
    remarks: tuple[str, ...] = ()
    failure: Failure | None = None
    work: float = 0.0  # seconds that a worker spent on it
