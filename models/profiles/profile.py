"""The contract of a profile: networks that work together, and how to load them from the weight store."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from models.separator import SeparationSpec
from polymuse.errors import UserError

if TYPE_CHECKING:  # the registry is read for every --help: nothing here may take time to import
    from models.embedder import Embedder
    from models.separator import Separator
    from models.tagging.state import TaggingFiles
    from models.tagging.tagger import Descriptor, Tagger
    from models.weights.store import Step, WeightStore

AUTO = "auto"
NONE = "none"
CACHE = "cache"  # directory next to the weights for derived data; may be deleted at any time


class Profile(ABC):
    """An embedder, a tagger for its vectors and, for profiles with stems, a separator.

    A subclass needs a name and an embedder. The defaults suit an embedder that runs on the CPU, is tagged by the
    descriptor bank and has no stems. Methods import their networks when they are called.
    """

    name: str  # equals `Embedder.profile`
    weights: tuple[str, ...] = ()  # manifest names of the weights that the embedder needs
    stems: tuple[str, ...] = ()  # default stems of the separator
    more_stems: tuple[str, ...] = ()  # further stems, which need weights that are pulled by name
    jobs: int = 1  # default number of worker processes; each loads the networks
    accelerated: bool = False  # whether the profile uses a GPU if there is one
    overlaps: bool = False  # whether the overlap of the separator can be chosen

    @abstractmethod
    def embedder(self, store: "WeightStore", device: str) -> "Embedder":
        """Loads the embedder on this device. Raises UnavailableError if weights are missing or damaged."""

    def separator(self, store: "WeightStore", spec: SeparationSpec) -> "Separator":
        """Loads a separator for the stems of the spec, by default the profile's. It may return more stems than these.

        Raises UserError for stems that the profile does not have, UnavailableError if weights are missing or damaged.
        """
        raise UserError(f"Profile {self.name} has no separator", f"Leave out the stems: --stems {NONE}")

    def separator_fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """`separator(store, spec).fingerprint` without loading the network. Raises what `separator` raises."""
        return self.separator(store, spec).fingerprint

    def tagger(self, embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
        """The tagger for vectors of this embedder. `files` are the user's bank and the statistics of the library.

        Raises UserError if one of these files is damaged.
        """
        from models.tagging.descriptor_bank import bank_tagger

        return bank_tagger(embedder, files)

    def expressible(self, descriptors: "Sequence[Descriptor]") -> frozenset[str]:
        """The slugs of the descriptors that the tagger supports."""
        return frozenset(each.slug for each in descriptors)

    def prepare(self, store: "WeightStore", progress: "Callable[[Step], None]") -> None:  # noqa: B027 -- optional
        """Does one-time work, such as converting weights, before the first use. Raises what loading raises."""
