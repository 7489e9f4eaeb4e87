"""The configuration of an analysis."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from models.profiles import CACHE, check_overlap, choose_stems
from models.separator import SeparationSpec
from models.tagging.state import TaggingFiles
from polymuse.home import Home
from polymuse.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """The configuration that an Analyzer is built from; picklable, so that any process can build one."""

    home: Home
    profile: str
    separation: SeparationSpec  # without stems only the mix is embedded; the embedder uses the same device
    max_seconds: float
    bank: Path | None = None  # the user's own descriptors

    @classmethod
    def of(cls, settings: Settings, profile: str) -> Self:
        """The analysis that the settings ask for. Raises UserError for stems that the profile does not have."""
        separation = SeparationSpec(
            stems=choose_stems(profile, settings.stems),
            overlap=check_overlap(profile, settings.overlap),
            cpu_fallback=settings.cpu_fallback,
            device=settings.device,
        )
        return cls(settings.layout, profile, separation, settings.max_minutes * 60, settings.bank)

    @property
    def stems(self) -> tuple[str, ...]:
        return self.separation.stems

    @property
    def device(self) -> str:
        return self.separation.device

    @property
    def tagging_files(self) -> TaggingFiles:
        return TaggingFiles(self.bank, cache=self.home.models / CACHE, state=self.home.tagging)
