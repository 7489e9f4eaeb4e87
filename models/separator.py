"""The contract of a source separator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

SAMPLE_RATE = 44_100  # Hz: what separators work at
DEFAULT_OVERLAP = 2  # chunks over each sample, where a separator works in chunks; 4 gains a little at twice the cost


@dataclass(frozen=True, slots=True)
class SeparationSpec:
    """How a mix is to be separated."""

    stems: tuple[str, ...] = ()  # those to make; empty: the usual ones of the profile
    overlap: int = DEFAULT_OVERLAP
    cpu_fallback: bool = False  # go on with the CPU where the memory of the GPU does not suffice
    device: str = "auto"  # as `models.runtime.device.choose_device` takes it


class Separator(Protocol):
    """Splits a mix into stems. Implementations: BS-RoFormer, Spleeter."""

    stems: tuple[str, ...]  # lower case, e.g. ("vocals", "instrumental")
    sample_rate: int  # Hz, of input and output
    fingerprint: str  # sha256 over the weights and the algorithm version
    context: float  # seconds of audio around a passage that change the stems inside it

    def separate(self, mix: "Tensor") -> "dict[str, Tensor]":
        """[2, N] float32 in [-1, 1] at `sample_rate` -> {stem: [2, N] float32}, one entry per name in `stems`."""
        ...

    def separate_all(self, mixes: "Iterable[Tensor]") -> "Iterator[dict[str, Tensor]]":
        """Each of several mixes, in their order, as `separate` does it.

        Mixes are asked for ahead of the answers, as many as it takes to keep the network busy: their source must not
        wait for an answer before it gives the next one. An error ends the iterator.
        """
        ...
