"""Two separators, one after the other."""

from typing import TYPE_CHECKING

from models.fingerprint import chained_fingerprint
from models.separator import Separator

if TYPE_CHECKING:
    from torch import Tensor

VOCALS = "vocals"


class ChainedSeparator:
    """Implements `models.separator.Separator`: vocals of the first separator, the other stems of the second.

    The second hears the mix without those vocals. Its own vocals, the voices that the first has left, are dropped: the
    stems sum to the mix only about.
    """

    def __init__(self, first: Separator, second: Separator) -> None:
        """Raises ValueError for separators that do not fit together."""
        if VOCALS not in first.stems:
            raise ValueError(f"the first separator has no vocals, but {', '.join(first.stems)}")
        if first.sample_rate != second.sample_rate:
            raise ValueError(f"separators at {first.sample_rate} and {second.sample_rate} Hz")
        self.stems: tuple[str, ...] = (VOCALS, *(stem for stem in second.stems if stem != VOCALS))
        self.sample_rate: int = first.sample_rate
        self.context: float = first.context + second.context  # what the second hears has a context of its own
        self.fingerprint: str = chained_fingerprint(first.fingerprint, second.fingerprint)
        self._first = first
        self._second = second

    def separate(self, mix: "Tensor") -> "dict[str, Tensor]":
        """[2, N] float32 at `sample_rate` -> {stem: [2, N] float32}, unscaled. Raises what the separators raise."""
        vocals = self._first.separate(mix)[VOCALS]
        others = self._second.separate(mix - vocals)
        return {VOCALS: vocals} | {name: others[name] for name in self.stems[1:]}
