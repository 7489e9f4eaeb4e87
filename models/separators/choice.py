"""The contract of a separator that can be chosen by name: what it separates, and how it is loaded from the store."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # the registry is read for every --help: nothing here may take time to import
    from models.separator import SeparationSpec, Separator
    from models.weights.store import WeightStore


class SeparatorChoice(ABC):
    """A separator under the name that `--separator` takes. Methods import their networks when they are called."""

    name: str  # for people too
    more_stems: ClassVar[tuple[str, ...]] = ()  # further stems, which need weights that are pulled by name
    overlaps: ClassVar[bool] = False  # whether the overlap can be chosen
    accelerated: ClassVar[bool] = False  # whether it needs a GPU to be fast
    jobs: ClassVar[int | None] = None  # the most worker processes to start by default; None: as many as the profile

    @property
    @abstractmethod
    def stems(self) -> tuple[str, ...]:
        """The stems that are separated by default. Raises UserError for a configuration that cannot be read."""

    @abstractmethod
    def load(self, store: "WeightStore", spec: "SeparationSpec") -> "Separator":
        """Loads a separator for the stems of the spec, by default `stems`. It may return more stems than these.

        Raises UserError for stems that it does not have, UnavailableError if weights are missing or damaged.
        """

    @abstractmethod
    def fingerprint(self, store: "WeightStore", spec: "SeparationSpec") -> str:
        """`load(store, spec).fingerprint` without loading the network. Raises what `load` raises."""
