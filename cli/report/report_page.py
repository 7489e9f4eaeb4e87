"""The report as one self-contained HTML page: no scripts, fonts or requests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.measured import from_dict, rows
from cli.progress import clock
from cli.report.charts import WAVE_HEIGHT, Step, steps, time_ticks, wave_path
from cli.report.track_report import by_category, display_name, facts
from polymuse.music import MIX

TEMPLATES = Path(__file__).with_name("templates")
FLOOR_DB = -60.0  # left end of a level bar
BEST_TAGS = 6  # below the title
MAX_TICKS_SMALL = 5  # under a small chart


@dataclass(frozen=True, slots=True)
class Wave:
    """The waveform of a sound on the page."""

    name: str
    bins: int
    peak_path: str
    rms_path: str
    level: float  # 0 to 100, for the bar
    description: str  # for screen readers


@dataclass(frozen=True, slots=True)
class Curve:
    """A tag over time."""

    name: str
    category: str
    confidence: float  # of the whole track
    bars: list[Step]
    description: str


def as_page(report: dict[str, Any]) -> str:
    """Render the page. The template engine escapes all values."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"clock": clock, "display_name": display_name, "decibels": _decibels}
    seconds = report["track"]["seconds"]
    return environment.get_template("report.html").render(
        report=report,
        facts=facts(report["track"]),
        measured=rows(from_dict(report["music"])),
        best_tags=sorted(report["tags"], key=lambda tag: -tag["confidence"])[:BEST_TAGS],
        categories=by_category(report["tags"]),
        curves=_curves(report),
        waves={sound["name"]: wave for sound, wave in zip(report["sounds"], _waves(report), strict=True)},
        wave_height=WAVE_HEIGHT,
        ticks=time_ticks(seconds),
        few_ticks=time_ticks(seconds, MAX_TICKS_SMALL),
        mix=MIX,
    )


def _waves(report: dict[str, Any]) -> list[Wave]:
    """Waveforms of all sounds, scaled to the highest peak of all."""
    full = max(max(sound["outline"]["peak"]) for sound in report["sounds"])
    return [_wave(sound, full, report["track"]["seconds"]) for sound in report["sounds"]]


def _wave(sound: dict[str, Any], full: float, seconds: float) -> Wave:
    outline = sound["outline"]
    description = (
        f"Waveform of {_described(sound['name'])}, {clock(seconds)} long. "
        f"RMS level {_decibels(sound['level_db'])}, peak {_decibels(sound['peak_db'])}."
    )
    return Wave(
        name=sound["name"],
        bins=len(outline["peak"]),
        peak_path=wave_path(outline["peak"], full),
        rms_path=wave_path(outline["rms"], full),
        level=max(0.0, min(100.0, 100 * (1 - sound["level_db"] / FLOOR_DB))),
        description=description,
    )


def _curves(report: dict[str, Any]) -> list[Curve]:
    moments = report["moments"]
    if not moments:
        return []
    return [_curve(tag, moments, report["track"]["seconds"]) for tag in report["tags"]]


def _curve(tag: dict[str, Any], moments: list[dict[str, Any]], seconds: float) -> Curve:
    values = [moment["confidences"][tag["slug"]] for moment in moments]
    spans = [(moment["start"], moment["end"]) for moment in moments]
    best = moments[values.index(max(values))]
    name = display_name(tag["slug"])
    description = (
        f"Confidence of {name} over time: from {min(values):.2f} to {max(values):.2f}, "
        f"strongest from {clock(best['start'])} to {clock(best['end'])}."
    )
    return Curve(name, tag["category"], tag["confidence"], steps(spans, values, seconds), description)


def _decibels(level: float, *, signed: bool = False) -> str:
    """The level with a minus sign instead of a hyphen, which screen readers skip."""
    return f"{level:{'+' if signed else ''}.1f} dB".replace("-", "\N{MINUS SIGN}")


def _described(name: str) -> str:
    return "the mix" if name == MIX else f"the stem {name}"
