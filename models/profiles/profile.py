"""The contract of a profile: networks that work together, and how to load them from the weight store."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from models.separator import AUTO, NONE, SeparationSpec
from models.separators import choose_separator
from polymuse.errors import UserError

if TYPE_CHECKING:  # the registry is read for every --help: nothing here may take time to import
    from models.embedder import Embedder
    from models.separator import Separator
    from models.separators import SeparatorChoice
    from models.tagging.state import TaggingFiles
    from models.tagging.tagger import Descriptor, Tagger
    from models.weights.store import Step, WeightStore

__all__ = ("AUTO", "CACHE", "NONE", "Profile")

CACHE = "cache"  # directory next to the weights for derived data; may be deleted at any time


class Profile(ABC):
    """An embedder, a tagger for its vectors and, for profiles with stems, the separator that it uses by default.

    A subclass needs a name and an embedder. The defaults suit an embedder that runs on the CPU, is tagged by the
    descriptor bank and has no stems. Methods import their networks when they are called.
    """

    name: str  # equals `Embedder.profile`
    weights: tuple[str, ...] = ()  # manifest names of the weights that the embedder needs
    separates_with: str = NONE  # the separator that "auto" stands for, a name in `models.separators.SEPARATORS`
    reads_scores: bool = False
    jobs: int = 1  # default number of worker processes; each loads the networks
    accelerated: bool = False  # whether the embedder uses a GPU if there is one
    has_quick: bool = False  # whether `quick_embedder` loads an embedder of quick excerpts

    @property
    def score_suffixes(self) -> tuple[str, ...]:
        """`Embedder.score_suffixes`, without loading the network; not empty if the profile reads scores."""
        return ()

    @abstractmethod
    def embedder(self, store: "WeightStore", device: str) -> "Embedder":
        """Loads the embedder on this device. Raises UnavailableError if weights are missing or damaged."""

    def quick_embedder(self, store: "WeightStore", device: str) -> "Embedder":
        """As `embedder`, for excerpts of about a minute of each track. Raises UserError if the profile has none."""
        raise UserError(
            f"Profile {self.name} always embeds the same excerpts, quick ones were requested",
            "Leave out --excerpts (setting excerpts: auto)",
        )

    @property
    def default_separator(self) -> "SeparatorChoice | None":
        """What "auto" stands for; None for a profile without stems."""
        return choose_separator(SeparationSpec(), self.separates_with)

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the default separator."""
        return self.default_separator.stems if self.default_separator else ()

    @property
    def more_stems(self) -> tuple[str, ...]:
        """Further stems of the default separator, which need weights that are pulled by name."""
        return self.default_separator.more_stems if self.default_separator else ()

    @property
    def overlaps(self) -> bool:
        """Whether the overlap of the default separator can be chosen."""
        return self.default_separator is not None and self.default_separator.overlaps

    def choose_separator(self, spec: SeparationSpec) -> "SeparatorChoice":
        """The separator that the spec asks for. Raises UserError if it is unknown, or if there is none."""
        choice = choose_separator(spec, self.separates_with)
        if choice is None:
            whose = f"Profile {self.name} has" if spec.separator == AUTO else "There is"
            raise UserError(f"{whose} no separator", f"Leave out the stems: --stems {NONE}")
        return choice

    def separator(self, store: "WeightStore", spec: SeparationSpec) -> "Separator":
        """Loads the separator of the spec, see `SeparatorChoice.load`. Raises what `choose_separator` raises."""
        choice = self.choose_separator(spec)
        if not (self.accelerated or choice.accelerated):
            spec = replace(spec, device="cpu")
        return choice.load(store, spec)

    def separator_fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """`separator(store, spec).fingerprint` without loading the network. Raises what `separator` raises."""
        return self.choose_separator(spec).fingerprint(store, spec)

    def tagger(self, embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
        """The tagger for vectors of this embedder. `files` are the user's bank and the statistics of the library.

        Raises UserError if one of these files is damaged.
        """
        from models.tagging.descriptor_bank import bank_tagger

        return bank_tagger(embedder, files)

    def supported(self, descriptors: "Sequence[Descriptor]") -> "Sequence[Descriptor]":
        """The descriptors that the tagger supports, with the prompts that it compares tracks with."""
        return descriptors

    def expressible(self, descriptors: "Sequence[Descriptor]") -> frozenset[str]:
        """The slugs of the descriptors that the tagger supports."""
        return frozenset(each.slug for each in self.supported(descriptors))

    def prepare(self, store: "WeightStore", progress: "Callable[[Step], None]") -> None:  # noqa: B027 -- optional
        """Does one-time work, such as converting weights, before the first use. Raises what loading raises."""
