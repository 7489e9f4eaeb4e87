"""Waveforms to draw: the peaks of a track."""

import json
from pathlib import Path

import numpy as np

from models.audio.decode import BLOCK, blocks

PEAKS = 1000  # of a track; a screen shows no more
HOP = BLOCK // 256  # 256 samples under one peak before they are reduced; so that all hops are alike
MAX_SECONDS = 12 * 3600.0  # of a track that is drawn; beyond it there is something wrong


def write_waveform(source: Path, target: Path) -> None:
    """Writes {"seconds": of the audio, "peaks": PEAKS numbers from 0 to 1, relative to full scale} as JSON.

    Each peak is the greatest absolute sample of both channels in its share of the track. Memory does not grow with
    the track but for four bytes a hop. Raises BadAudioError.
    """
    hops, seconds = [], 0.0
    for block in blocks(source, max_seconds=MAX_SECONDS):
        levels = np.abs(block.samples).max(axis=0)
        hops.append(np.maximum.reduceat(levels, np.arange(0, len(levels), HOP)))
        seconds += len(levels) / block.rate
    content = {"seconds": round(seconds, 3), "peaks": reduced(np.concatenate(hops), PEAKS)}
    target.write_text(json.dumps(content, separators=(",", ":")), "utf-8")


def reduced(levels: np.ndarray, count: int) -> list[float]:
    """[N] levels -> `count` maxima over equal shares, to three decimals; of fewer levels some come more than once."""
    starts = np.arange(count) * len(levels) // count
    return [round(float(peak), 3) for peak in np.maximum.reduceat(levels, starts)]
