"""The contract of a profile: networks that work together, and how they load from the weights on this machine."""

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
CACHE = "cache"  # directory beside the weights, for what is computed from them once; may be deleted at any time


class Profile(ABC):
    """An embedder, a tagger that works on its vectors, and a separator where the profile has stems.

    A profile needs a name and an embedder. What is given here beyond that suits an embedder that runs on the CPU, is
    tagged by the descriptor bank and has no stems. Methods import their networks when they are called.
    """

    name: str  # what `Embedder.profile` says
    weights: tuple[str, ...] = ()  # names in the manifest of the weights without which the embedder cannot load
    stems: tuple[str, ...] = ()  # what the separator tells apart unless other stems are asked for
    more_stems: tuple[str, ...] = ()  # what it tells apart with weights that are pulled by name
    jobs: int = 1  # worker processes that suit it: each loads the networks for itself
    accelerated: bool = False  # whether a GPU is used where there is one
    overlaps: bool = False  # whether the separator works in chunks whose overlap can be chosen

    @abstractmethod
    def embedder(self, store: "WeightStore", device: str) -> "Embedder":
        """The embedder on this device. Raises UnavailableError where weights are missing or damaged."""

    def separator(self, store: "WeightStore", spec: SeparationSpec) -> "Separator":
        """A separator that tells the stems of the spec apart; without any, the usual ones. It may give more than these.

        Raises UserError for stems that the profile cannot give, UnavailableError where weights are missing or damaged.
        """
        raise UserError(f"Profile {self.name} has no separator", f"Leave out the stems: --stems {NONE}")

    def separator_fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """What `separator(store, spec).fingerprint` is, without loading it. Raises what `separator` raises."""
        return self.separator(store, spec).fingerprint

    def tagger(self, embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
        """The tagger on vectors of this embedder. `files` say where a library keeps what it has taught.

        Raises UserError for a bank or a file there that is damaged.
        """
        from models.tagging.descriptor_bank import bank_tagger

        return bank_tagger(embedder, files)

    def expressible(self, descriptors: "Sequence[Descriptor]") -> frozenset[str]:
        """The slugs of those among the descriptors that the tagger can give to a track."""
        return frozenset(each.slug for each in descriptors)

    def prepare(self, store: "WeightStore", progress: "Callable[[Step], None]") -> None:  # noqa: B027 -- optional
        """Does what makes the first use fast, once. Raises what loading raises."""
