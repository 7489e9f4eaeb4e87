"""The report about one track: its JSON form, from which the others are made, and Markdown."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from catalog.query import Hit
from cli import measured
from cli.output import path_of
from cli.progress import clock
from cli.report.examination import Examination, Moment, Sound
from cli.report.similar_tracks import SimilarTracks
from indexer.file_tags import TagInfo
from polymuse import __version__
from polymuse.music import MIX
from polymuse.paths import printable

VERSION = 1  # of the JSON form; raised when a field changes its meaning or is removed
SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
CATEGORIES = ("genre", "mood", "instruments", "texture")  # display order

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """The file that a report is about."""

    path: Path
    track_id: str
    tags: TagInfo


def build_report(
    subject: Subject, examination: Examination, similar: SimilarTracks, profile: str, fingerprints: Mapping[str, str]
) -> Json:
    """The report in the form of `report.schema.json`. Paths are for display: printable, not always exact."""
    analysis = examination.analysis
    named = subject.tags
    tags = sorted(analysis.tags, key=lambda tag: (_position(tag.category), -tag.confidence, tag.slug))
    present = {MIX} | {name for name, stem in analysis.stems.items() if stem.present}
    mix_level = examination.sounds[MIX].level_db
    return {
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": f"poly-muse {__version__}",
        "profile": profile,
        "fingerprints": dict(fingerprints),
        "track": {
            "id": subject.track_id,
            "path": printable(subject.path.absolute()),
            "title": named.title,
            "artist": named.artist,
            "album": named.album,
            "year": named.year,
            "genres": list(named.genres),
            "seconds": round(analysis.seconds, 3),
            "codec": analysis.codec,
            "remarks": list(analysis.remarks),
        },
        "sounds": [
            {
                "name": name,
                "present": name in present,
                "file": f"stems/{name}.wav" if name in examination.stem_files else None,
            }
            | _sound(sound, mix_level)
            for name, sound in examination.sounds.items()
        ],
        "music": measured.measured_dict(measured.subject(named, analysis.measured)),
        "tags": [{"slug": t.slug, "category": t.category, "confidence": round(t.confidence, 3)} for t in tags],
        "moments": [_moment(moment, [tag.slug for tag in tags]) for moment in examination.moments],
        "similar": {
            "library": similar.state.value,
            "note": similar.note,
            "by": {stem: [_hit(hit) for hit in hits] for stem, hits in similar.hits.items()},
        },
    }


def as_json(report: Json) -> str:
    """JSON with an indent of two, text not escaped, and arrays of numbers on one line."""
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)
    return re.sub(r"\[\s+(-?\d[^\[\]{}\"]*?)\s+\]", _on_one_line, text) + "\n"


def as_markdown(report: Json) -> str:
    """The report as Markdown, without the curves."""
    return "\n".join(
        [
            *(*_heading(report), *_tag_table(report), *_measured_table(report), *_level_table(report)),
            *(*_similar(report), *_footer(report)),
        ]
    )


def display_name(slug: str) -> str:
    """ "female_voice" -> "female voice"."""
    return slug.replace("_", " ").replace("-", " ")


def by_category(tags: Iterable[Json]) -> dict[str, list[Json]]:
    """{category: tags}, in the order given."""
    groups: dict[str, list[Json]] = {}
    for tag in tags:
        groups.setdefault(tag["category"], []).append(tag)
    return groups


def facts(track: Json) -> list[str]:
    """Known facts about the file, in display order."""
    named = [track["artist"], track["album"], str(track["year"] or ""), ", ".join(track["genres"])]
    return [fact for fact in (*named, clock(track["seconds"]), track["codec"]) if fact]


def _position(category: str) -> int:
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


def _sound(sound: Sound, mix_level: float) -> Json:
    return {
        "level_db": round(sound.level_db, 1),
        "below_mix_db": round(mix_level - sound.level_db, 1),
        "peak_db": round(sound.peak_db, 1),
        "outline": {"peak": _rounded(sound.outline.peak), "rms": _rounded(sound.outline.rms)},
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]


def _moment(moment: Moment, slugs: Iterable[str]) -> Json:
    confidences = {slug: round(moment.confidences[slug], 3) for slug in slugs}
    return {"start": round(moment.start, 3), "end": round(moment.end, 3), "confidences": confidences}


def _hit(hit: Hit) -> Json:
    track = hit.track
    known = {"id": track.id, "title": track.title, "artist": track.artist, "seconds": track.duration}
    return {"score": round(hit.score, 4), **known, "path": printable(path_of(track))}


def _on_one_line(match: re.Match[str]) -> str:
    return "[" + " ".join(match[1].split()) + "]"


def _heading(report: Json) -> Iterator[str]:
    track = report["track"]
    yield f"# {_escaped(track['title'])}\n"
    yield f"{_escaped(' · '.join(facts(track)))}\n"
    yield f"File: {_escaped(track['path'])}\n"
    for remark in track["remarks"]:
        yield f"Note: {_escaped(remark)}\n"


def _tag_table(report: Json) -> Iterator[str]:
    yield "## Tags\n"
    if not report["tags"]:
        yield "No tag is confident enough to be shown.\n"
        return
    yield from _table(
        ("category", "tag", "confidence", "over time"),
        (
            (
                tag["category"],
                display_name(tag["slug"]),
                f"{tag['confidence']:.2f}",
                _range_over_time(report, tag["slug"]),
            )
            for tag in report["tags"]
        ),
    )


def _measured_table(report: Json) -> Iterator[str]:
    rows = measured.rows(measured.from_dict(report["music"]))
    if rows:
        yield "## Tempo, key and loudness\n"
        yield from _table(("", "value"), rows)


def _range_over_time(report: Json, slug: str) -> str:
    values = [moment["confidences"][slug] for moment in report["moments"]]
    return f"{min(values):.2f} to {max(values):.2f}" if values else ""


def _level_table(report: Json) -> Iterator[str]:
    yield "## Levels\n"
    rows = (
        (
            sound["name"],
            f"{sound['level_db']:.1f} dB",
            f"{sound['peak_db']:.1f} dB",
            _silent(sound),
            sound["file"] or "",
        )
        for sound in report["sounds"]
    )
    yield from _table(("sound", "level (RMS)", "peak", "", "file"), rows)


def _silent(sound: Json) -> str:
    return "" if sound["present"] else "silent"


def _similar(report: Json) -> Iterator[str]:
    similar = report["similar"]
    yield "## Similar tracks\n"
    if similar["note"]:
        yield f"{_escaped(similar['note'])}\n"
    for stem, hits in similar["by"].items():
        yield f"By {'the whole mix' if stem == MIX else stem}:\n"
        rows = (
            (f"{hit['score']:.3f}", hit["title"], hit["artist"], clock(hit["seconds"]), hit["path"]) for hit in hits
        )
        yield from _table(("score", "title", "artist", "length", "path"), rows)


def _footer(report: Json) -> Iterator[str]:
    made_with = ", ".join(f"{role} {fingerprint[:12]}" for role, fingerprint in report["fingerprints"].items())
    yield f"Made by {report['made_by']}, profile {report['profile']} ({made_with}), {report['made_at']}.\n"


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    header = list(columns)
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(_escaped(cell) for cell in row)} |"
    yield ""


def _escaped(text: str) -> str:
    """Text escaped for Markdown, so that it also stays text if the Markdown is rendered as HTML."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&])", r"\\\1", one_line)
