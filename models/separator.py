"""The contract of a source separator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

AUTO = "auto"  # the separator, the stems or the device that suit the profile
NONE = "none"  # no separator, no stems
SAMPLE_RATE = 44_100  # Hz, of separation
DEFAULT_OVERLAP = 2  # chunks over each sample, where a separator works in chunks; 4 gains a little at twice the cost


@dataclass(frozen=True, slots=True)
class SeparationSpec:
    """How a mix is to be separated."""

    stems: tuple[str, ...] = ()  # empty: the defaults of the separator
    overlap: int = DEFAULT_OVERLAP
    cpu_fallback: bool = False  # continue on the CPU if the GPU runs out of memory
    device: str = AUTO  # as `models.runtime.device.choose_device` takes it
    separator: str = AUTO  # a name in `models.separators.SEPARATORS`; "auto": that of the profile
    checkpoint: Path | None = None  # of the user's own, with `config`: what "auto" then stands for
    config: Path | None = None


class Separator(Protocol):
    """Splits a mix into stems. Implementations: BS-RoFormer, Spleeter."""

    stems: tuple[str, ...]  # lower case, e.g. ("vocals", "instrumental")
    sample_rate: int  # Hz, of input and output
    fingerprint: str  # sha256 over the weights and the algorithm version
    context: float  # seconds of audio around a passage that affect its stems

    def separate(self, mix: "Tensor") -> "dict[str, Tensor]":
        """[2, N] float32 at `sample_rate` -> {stem: [2, N] float32}, one entry per name in `stems`.

        1 is full scale, which loud mixes exceed.
        """
        ...

    def separate_all(self, mixes: "Iterable[Tensor]") -> "Iterator[dict[str, Tensor]]":
        """Separates several mixes as `separate` does, in order.

        Reads ahead as many mixes as it takes to keep the network busy, so the source must not wait for a result before
        it yields the next mix. An error ends the iterator.
        """
        ...
