"""Timing of a run: seconds of work by stage, and the bottleneck."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGE_LABELS = {
    "identify": "reading files to identify them",
    "decode": "decoding",
    "separate": "separating stems",
    "embed": "embedding",
    "measure": "measuring tempo, key and loudness",
    "tag": "tagging",
    "store": "storing",
}
ANALYSIS = ("decode", "separate", "embed", "measure", "tag")


@dataclass(frozen=True, slots=True)
class Lane:
    """Workers that run in parallel on the same stages."""

    name: str  # plural, e.g. "4 worker processes"
    count: int
    stages: Sequence[str]
    advice: str = ""  # if this lane is the bottleneck


STORE = Lane("the catalog", 1, ("store",))


@dataclass(slots=True)
class StageTimes:
    """Seconds of work of one run, by stage."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, busy: Mapping[str, float]) -> None:
        """Add {stage: seconds}."""
        for stage, seconds in busy.items():
            self.seconds[stage] += seconds

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the duration of the block to a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    @property
    def rounded(self) -> dict[str, float]:
        """{stage: seconds} in order of the stages, without those of 0 seconds."""
        return {stage: round(self.seconds[stage], 2) for stage in STAGE_LABELS if self.seconds[stage]}

    def bottleneck(self, lanes: Sequence[Lane], wall: float) -> str:
        """A sentence on the lane that was busy for the largest part of `wall` seconds; "" if nothing was done.

        The load of a lane is the work of its stages, divided by `wall` times its count.
        """
        if not any(self.seconds.values()) or not wall:
            return ""
        lane = max(lanes, key=lambda lane: self._work(lane) / lane.count)
        busy = self._work(lane) / (wall * lane.count)
        stage = max(lane.stages, key=lambda stage: self.seconds[stage])
        share = self.seconds[stage] / self._work(lane)
        line = f"Bottleneck: {lane.name}, busy {min(busy, 1):.0%} of the time, {share:.0%} of it {STAGE_LABELS[stage]}."
        return f"{line} {lane.advice}." if lane.advice else line

    def _work(self, lane: Lane) -> float:
        return sum(self.seconds[stage] for stage in lane.stages)
