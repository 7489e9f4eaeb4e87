"""Waveforms: the peaks of a track."""

import json
from pathlib import Path

import numpy as np

from models.audio.decode import BLOCK, blocks

PEAKS = 1000  # per track; a screen shows no more
HOP = BLOCK // 256  # samples per peak before the reduction; divides BLOCK, so that all hops are equal
MAX_SECONDS = 12 * 3600.0  # longer tracks are cut off: most likely something is wrong with them


def write_waveform(source: Path, target: Path) -> None:
    """Write {"seconds": duration, "peaks": PEAKS numbers from 0 to 1, relative to full scale} as JSON.

    Each peak is the largest absolute sample of both channels in an equal part of the track. Memory grows by four bytes
    per hop only. Raises BadAudioError.
    """
    hops, seconds = [], 0.0
    for block in blocks(source, max_seconds=MAX_SECONDS):
        levels = np.abs(block.samples).max(axis=0)
        hops.append(np.maximum.reduceat(levels, np.arange(0, len(levels), HOP)))
        seconds += len(levels) / block.rate
    content = {"seconds": round(seconds, 3), "peaks": reduced(np.concatenate(hops), PEAKS)}
    target.write_text(json.dumps(content, separators=(",", ":")), "utf-8")


def reduced(levels: np.ndarray, count: int) -> list[float]:
    """[N] levels -> `count` maxima over equal parts, rounded to three decimals; fewer levels are repeated."""
    starts = np.arange(count) * len(levels) // count
    return [round(float(peak), 3) for peak in np.maximum.reduceat(levels, starts)]
