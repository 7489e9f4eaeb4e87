"""What travels between the stages of indexing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.failures import Failure
from indexer.file_tags import TagInfo
from indexer.scan import AudioFile
from models.embedder import Embedder
from models.profiles import PROFILES
from models.recipe import Recipe
from models.weights.store import WeightStore


def fingerprints(recipe: Recipe, embedder: Embedder, weights: WeightStore) -> dict[str, str]:
    """{role: fingerprint} of what a recipe makes a track with."""
    made_with = {"embedder": embedder.fingerprint}
    if recipe.stems:
        made_with["separator"] = PROFILES[recipe.profile].separator_fingerprint(weights, recipe.separation)
    return made_with


@dataclass(frozen=True, slots=True)
class Identified:
    """A file, which track it holds, and what its tags say."""

    file: AudioFile
    track_id: str
    tags: TagInfo
    seconds: float = 0.0  # of work that this took


@dataclass(frozen=True, slots=True)
class Job:
    """One track to analyse."""

    identified: Identified
    save_stems: Path | None  # directory of this track's stems, or None to keep none


Status = Literal["indexed", "updated", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: str
    status: Status
    size: int = 0  # bytes
    seconds: float = 0.0  # of audio that was analysed
    track_id: str = ""
    remarks: tuple[str, ...] = ()
    failure: Failure | None = None
