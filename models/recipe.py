"""What is asked of the networks."""

from dataclasses import dataclass
from pathlib import Path

from models.profiles import CACHE
from models.separator import SeparationSpec
from models.tagging.state import TaggingFiles
from polymuse.home import Home


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an Analyzer is built from, in whatever process."""

    home: Home
    profile: str
    separation: SeparationSpec  # without stems: the mix alone; its device is that of the embedder too
    max_seconds: float
    bank: Path | None = None  # the user's own descriptors

    @property
    def stems(self) -> tuple[str, ...]:
        return self.separation.stems

    @property
    def device(self) -> str:
        return self.separation.device

    @property
    def tagging_files(self) -> TaggingFiles:
        return TaggingFiles(self.bank, cache=self.home.models / CACHE, state=self.home.tagging)
