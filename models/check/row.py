"""A row of the official check."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from safetensors import SafetensorError

from polymuse.errors import UserError

# What published code raises for files that it cannot use, and torch for memory that is full.
FAULTS = (UserError, OSError, RuntimeError, LookupError, ValueError, EOFError, pickle.UnpicklingError, SafetensorError)
NOT_JUDGED = "not judged, as the weights are not the published ones"


class Verdict(StrEnum):
    """What the comparison of a part gave."""

    OK = "ok"
    DIFFERS = "DIFFERS"
    DOUBTFUL = "DOUBTFUL"  # equal by construction or not compared, but hardly what it is said to be
    UNVERIFIED = "unverified"  # the user's own file: there is nothing published to hold it against
    NOT_INSTALLED = "not installed"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class Row:
    """A part and its verdict. Figures are the worst over all inputs; None where a part has none."""

    part: str
    verdict: Verdict
    precision: str = ""
    difference: float | None = None  # largest, as a share of the RMS of the published output
    cosine: float | None = None
    snr: float | None = None  # dB; None also for equal stems
    limit: str = ""
    published_seconds: float | None = None
    our_seconds: float | None = None
    note: str = ""

    @property
    def fails(self) -> bool:
        return self.verdict in (Verdict.DIFFERS, Verdict.DOUBTFUL)


def attempt(part: str, work: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """The rows of a part; a row that names the fault if an implementation does not take the files."""
    try:
        yield from work()
    except FAULTS as error:
        lines = str(error).splitlines() or [""]
        named = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {lines[0]}"
        yield Row(part, Verdict.DIFFERS, note=named)
