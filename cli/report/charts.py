"""Geometry of the charts on a report page: SVG paths and positions on the time axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.progress import clock

TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)  # seconds
MAX_TICKS = 7  # that fit under a wide chart on a phone

WAVE_HEIGHT = 100  # of the view box of a waveform; its width is one unit per bin


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the time axis."""

    label: str
    percent: float  # of the width


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a curve over time, in percent of the chart's width and height."""

    left: float
    width: float
    height: float
    label: str  # tooltip


def time_ticks(seconds: float, max_ticks: int = MAX_TICKS) -> list[Tick]:
    """Round times starting at 0; at most `max_ticks` of them for up to two hours."""
    step = next((step for step in TICK_STEPS if seconds / step < max_ticks), TICK_STEPS[-1])
    return [Tick(clock(at), 100 * at / seconds) for at in range(0, int(seconds) + 1, step)]


def wave_path(magnitudes: Sequence[float], full: float) -> str:
    """A closed SVG path, mirrored about the middle of the view box; a magnitude of `full` spans its whole height."""
    middle = WAVE_HEIGHT / 2
    heights = [max(0.4, min(1.0, magnitude / full) * middle) for magnitude in magnitudes]  # silence is a thin line
    top = [f"{x + dx},{middle - height:.1f}" for x, height in enumerate(heights) for dx in (0, 1)]
    bottom = [f"{x + dx},{middle + height:.1f}" for x, height in reversed(list(enumerate(heights))) for dx in (1, 0)]
    return f"M{' '.join(top + bottom)}Z"


def steps(spans: Sequence[tuple[float, float]], values: Sequence[float], seconds: float) -> list[Step]:
    """Bars for values over spans of time, sorted by start. Adjacent bars meet in the middle of an overlap."""
    bars = []
    for i, ((start, end), value) in enumerate(zip(spans, values, strict=True)):
        before, after = spans[i - 1][1] if i else 0.0, spans[i + 1][0] if i + 1 < len(spans) else seconds
        left = (start + before) / 2 if before > start else start
        right = (end + after) / 2 if after < end else end
        label = f"{clock(start)} to {clock(end)}: {value:.2f}"
        bars.append(Step(100 * left / seconds, 100 * max(0.0, right - left) / seconds, 100 * value, label))
    return bars
