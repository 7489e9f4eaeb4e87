"""Two separators in sequence: vocals first, then the other stems."""

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import TYPE_CHECKING

from models.weights.fingerprint import chained_fingerprint
from polymuse.music import VOCALS

if TYPE_CHECKING:
    from torch import Tensor

    from models.bs_roformer.separator import BSRoformerSeparator


class ChainedSeparator:
    """Implements `models.separator.Separator`: vocals of the first separator, the other stems of the second.

    The input of the second is the mix minus those vocals. The second's own vocals are dropped, so the stems sum to the
    mix only approximately.
    """

    def __init__(self, first: "BSRoformerSeparator", second: "BSRoformerSeparator") -> None:
        """Raises ValueError for separators that do not fit together."""
        if first.stems != (VOCALS,) or VOCALS in second.stems:
            raise ValueError(f"expected {VOCALS} and other stems, got {first.stems} and {second.stems}")
        if first.sample_rate != second.sample_rate:
            raise ValueError(f"separators at {first.sample_rate} and {second.sample_rate} Hz")
        self.stems: tuple[str, ...] = (VOCALS, *second.stems)
        self.sample_rate: int = first.sample_rate
        self.context: float = first.context + second.context  # the second depends on the output of the first
        self.fingerprint: str = chained_fingerprint(first.fingerprint, second.fingerprint)
        self._first = first
        self._second = second

    def separate(self, mix: "Tensor") -> "dict[str, Tensor]":
        """[2, N] float32 at `sample_rate` -> {stem: [2, N] float32}, unscaled. Raises what the separators raise."""
        return next(self.separate_all([mix]))

    def separate_all(self, mixes: "Iterable[Tensor]") -> "Iterator[dict[str, Tensor]]":
        """`separate` for several mixes, in order."""
        mixes, inputs = tee(mixes)
        vocals, subtracted = tee(stems[VOCALS] for stems in self._first.separate_all(inputs))
        rests = (mix - voice for mix, voice in zip(mixes, subtracted, strict=True))
        for voice, others in zip(vocals, self._second.separate_all(rests), strict=True):
            yield {VOCALS: voice} | others
