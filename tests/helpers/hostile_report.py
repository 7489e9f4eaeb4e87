"""A report on a track that is hostile wherever a file can be."""

from pathlib import Path

import numpy as np

from catalog.query import Hit
from catalog.track import FileRef, Track
from cli.report.examination import Examination, Moment, Outline, Sound
from cli.report.similar_tracks import LibraryState, SimilarTracks
from cli.report.track_report import Subject, build_report
from indexer.file_tags import TagInfo
from models.analysis import Analysis
from polymuse.music import StemInfo, Tag
from tests.helpers.measured import measured

SCRIPT = "<script>alert(1)</script>"
TRACK_ID = "7b114350-697f-5ccf-a23a-06d14a6d2f2a"


def sound(level: float, scale: float) -> Sound:
    bins = np.abs(np.sin(np.linspace(0, 20, 400)), dtype=np.float32) * scale
    return Sound(level, level + 12, Outline(bins, bins / 3))


def hit(title: str, score: float) -> Hit:
    files = (FileRef("/music/\udcff|.ogg", 1, 1),)
    return Hit(Track(TRACK_ID, files, title, 185.0, "vorbis", artist="A & B"), score, "mix", {"mix": score})


def hostile_report() -> dict:
    """30 s with three tags, two stems, one of them silent, and a gap from 20 s to 25 s."""
    analysis = Analysis(
        seconds=30.0,
        codec="mp3",
        vectors={},
        stems={"vocals": StemInfo(-70.0, present=False), "instrumental": StemInfo(-12.0, present=True)},
        tags=(Tag("heavy_metal", "genre", 0.61), Tag("rock", "genre", 0.9), Tag("calm", "mood", 0.5)),
        remarks=(f"2 damaged packets {SCRIPT}",),
        measured=measured(),
    )
    moments = tuple(
        Moment(start, end, {"heavy_metal": value, "rock": 0.9, "calm": 0.5, "unsure": 0.1})
        for start, end, value in [(0.0, 10.0, 0.25), (10.0, 20.0, 0.75), (25.0, 30.0, 0.5)]
    )
    sounds = {"mix": sound(-12.0, 0.8), "vocals": sound(-70.0, 0.001), "instrumental": sound(-12.4, 0.7)}
    files = {name: Path(f"out/stems/{name}.wav") for name in ("vocals", "instrumental")}
    similar = SimilarTracks(LibraryState.SEARCHED, "", {"mix": (hit(f"{SCRIPT}|*", 0.98765),), "instrumental": ()})
    title = f"{SCRIPT} [x](javascript:alert(2)) 卡农"
    tags = TagInfo(
        title, artist='"><img src=x onerror=alert(3)>', album="{{ 7 * 7 }}", year=1990, genres=("R&B",), tag_key="Hm"
    )
    subject = Subject(Path("/music/卡农\udcff.mp3"), TRACK_ID, tags)
    return build_report(
        subject, Examination(analysis, sounds, moments, files), similar, "starter", {"embedder": "ab" * 32}
    )
