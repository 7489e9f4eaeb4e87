"""The configuration of an analysis."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from models.profiles import CACHE, check_overlap, choose_stems, embedder_device
from models.separator import SeparationSpec
from models.tagging.state import TaggingFiles
from polymuse.descriptors import StoredDescriptor
from polymuse.excerpts import FULL
from polymuse.home import Home
from polymuse.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """The configuration that an Analyzer is built from; picklable, so that any process can build one."""

    home: Home
    profile: str
    separation: SeparationSpec  # without stems only the mix is embedded; the embedder uses the same device
    max_seconds: float
    bank: Path | None = None  # descriptors of the user instead of those shipped
    own: tuple[StoredDescriptor, ...] = field(default=(), compare=False)  # added to those of the bank at run time
    excerpts: str = FULL  # of the library, or QUICK

    @classmethod
    def of(cls, settings: Settings, profile: str, excerpts: str = FULL) -> Self:
        """The analysis that the settings ask for, for a library of these excerpts.

        Raises UserError for an unknown separator and for stems that it does not have.
        """
        asked = separation_of(settings)
        overlap = check_overlap(profile, settings.overlap, asked)
        separation = replace(asked, stems=choose_stems(profile, settings.stems, asked), overlap=overlap)
        return cls(settings.layout, profile, separation, settings.max_minutes * 60, settings.bank, excerpts=excerpts)

    @property
    def stems(self) -> tuple[str, ...]:
        return self.separation.stems

    @property
    def device(self) -> str:
        return self.separation.device

    @property
    def embedder_device(self) -> str:
        """The device of the embedder: "auto" for one that runs on the CPU only, if the separator uses another."""
        return embedder_device(self.profile, self.separation)

    @property
    def tagging_files(self) -> TaggingFiles:
        return TaggingFiles(self.bank, cache=self.home.models / CACHE, state=self.home.tagging)


def separation_of(settings: Settings) -> SeparationSpec:
    """The separator and the device that the settings ask for, without stems and overlap."""
    return SeparationSpec(
        cpu_fallback=settings.cpu_fallback,
        device=settings.device,
        separator=settings.separator,
        checkpoint=settings.separator_checkpoint,
        config=settings.separator_config,
    )
