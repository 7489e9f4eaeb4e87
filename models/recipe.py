"""The configuration of an analysis."""

from dataclasses import dataclass
from pathlib import Path

from models.profiles import CACHE
from models.separator import SeparationSpec
from models.tagging.state import TaggingFiles
from polymuse.home import Home


@dataclass(frozen=True, slots=True)
class Recipe:
    """The configuration that an Analyzer is built from; picklable, so that any process can build one."""

    home: Home
    profile: str
    separation: SeparationSpec  # without stems only the mix is embedded; the embedder uses the same device
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
