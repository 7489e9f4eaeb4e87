"""Where the time of a run goes: seconds of work by stage, and which part of the layout holds up the others."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

IN_WORDS = {
    "identify": "reading files to identify them",
    "decode": "decoding",
    "separate": "separating stems",
    "embed": "embedding",
    "tag": "tagging",
    "store": "storing",
}
ANALYSIS = ("decode", "separate", "embed", "tag")


@dataclass(frozen=True, slots=True)
class Lane:
    """What works side by side on the same stages."""

    name: str  # in the plural, e.g. "worker processes"
    count: int
    stages: Sequence[str]
    advice: str = ""  # where this lane is the bottleneck


STORE = Lane("the catalog", 1, ("store",))


@dataclass(slots=True)
class StageTimes:
    """The seconds of work of one run."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, busy: Mapping[str, float]) -> None:
        for stage, seconds in busy.items():
            self.seconds[stage] += seconds

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    @property
    def rounded(self) -> dict[str, float]:
        """{stage: seconds}, in the order of the stages; those that had nothing to do are left out."""
        return {stage: round(self.seconds[stage], 2) for stage in IN_WORDS if self.seconds[stage]}

    def bottleneck(self, lanes: Sequence[Lane], wall: float) -> str:
        """In words, which lane was busy for the largest part of `wall` seconds, and with what. "" if nothing was done.

        How busy a lane was is the work of its stages over wall seconds times its count.
        """
        if not any(self.seconds.values()) or not wall:
            return ""
        lane = max(lanes, key=lambda lane: self._work(lane) / lane.count)
        busy = self._work(lane) / (wall * lane.count)
        stage = max(lane.stages, key=lambda stage: self.seconds[stage])
        share = self.seconds[stage] / self._work(lane)
        line = f"Bottleneck: {lane.name}, busy {min(busy, 1):.0%} of the time, {share:.0%} of it {IN_WORDS[stage]}."
        return f"{line} {lane.advice}." if lane.advice else line

    def _work(self, lane: Lane) -> float:
        return sum(self.seconds[stage] for stage in lane.stages)
