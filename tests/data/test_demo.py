"""The demo music that is shipped: enough of it, playable, tagged, small, and every file with its licence."""

import re
from pathlib import Path

import numpy as np
import pytest
from mutagen.oggopus import OggOpus

import data
from models.audio.decode import decode

DEMO = Path(data.__file__).parent / "demo"
LICENSES = DEMO / "LICENSES.md"
CLIPS = sorted(path for path in DEMO.glob("*") if path != LICENSES)


def test_there_are_between_12_and_20_clips_under_8_megabytes() -> None:
    assert 12 <= len(CLIPS) <= 20
    assert sum(path.stat().st_size for path in CLIPS) < 8_000_000


def test_every_clip_is_listed_in_the_licences_and_nothing_else_is() -> None:
    listed = re.findall(r"^\| (\S+\.opus) \|", LICENSES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in CLIPS)


def test_the_notice_of_the_soundfont_is_kept() -> None:
    notice = LICENSES.read_text(encoding="utf-8")
    assert "2008 Frank Wen" in notice
    assert "Permission is hereby granted, free of charge" in notice
    assert "CC0" in notice


def test_some_names_are_not_ascii_so_that_the_demo_shows_they_work() -> None:
    assert sum(not path.name.isascii() for path in CLIPS) >= 2


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.name)
def test_a_clip_plays_20_to_40_seconds_at_full_level_on_both_sides(path: Path) -> None:
    clip = decode(path)
    assert clip.damaged == 0
    assert 20 <= clip.seconds <= 40
    assert 0.5 < np.abs(clip.samples).max() <= 1.0  # Opus moves the peak of -1 dBFS (0.89) a little
    left, right = 20 * np.log10(np.sqrt(np.mean(clip.samples**2, axis=1)))
    assert min(left, right) > -30  # dB relative to full scale
    assert abs(left - right) < 3


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.name)
def test_a_clip_is_tagged(path: Path) -> None:
    tags = OggOpus(path)
    assert tags["title"]
    assert tags["artist"]
    assert tags["genre"]
    assert tags["album"] == ["Poly-Muse Demo"]
    assert re.fullmatch(r"1[5-9]\d\d|20\d\d", tags["date"][0])
