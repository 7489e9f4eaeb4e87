"""Tempo, key and loudness of recordings that nobody has labelled, against themselves and FFmpeg.

For benchmarks/measuring.py. The recordings are drawn by a seeded generator. Nobody knows their tempo, but: played 1.1
times as fast (FFmpeg's atempo) it is 1.1 times as high; played back three semitones higher the key is three higher;
with a gain of -6 dB the loudness is 6 LU less; both halves of a track have one tempo and one key, unless the music
changes; and loudness is what FFmpeg's ebur128 says. Sure: a confidence of SURE or more.
"""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soxr
from ffmpeg_filter import ebur128, filtered

from indexer.scan import AudioFile, scan
from models.audio.decode import decode
from models.measuring import measure
from polymuse.music import KEYS, Measurements

RATE = 44_100  # Hz
RIGHT = 0.04
LEVELS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
SURE = 0.6
FASTER = 1.1
SEMITONES = 3
GAIN = -6.0  # dB
LONGEST = 240.0  # seconds of a recording


def against_itself(folders: Sequence[Path], count: int) -> None:
    paths = sorted(item.path for item in scan(folders) if isinstance(item, AudioFile))
    random.Random(0).shuffle(paths)
    checks: dict[str, list[bool]] = {}
    differences: dict[str, list[float]] = {"integrated": [], "range": [], "true peak": []}
    spent, seconds = 0.0, 0.0
    for path in paths[:count]:
        decoded = decode(path, sample_rate=RATE, max_seconds=LONGEST)
        if decoded.seconds < 30:
            continue
        started = time.process_time()
        found = measure(decoded.samples, RATE)
        spent, seconds = spent + time.process_time() - started, seconds + decoded.seconds
        compare(found, decoded.samples, checks)
        for name, difference in beside_ffmpeg(found, decoded.samples).items():
            differences[name].append(difference)
    print(f"{seconds / 60:.0f} minutes measured in {spent:.1f} s: {240 * spent / seconds:.3f} s for four minutes")
    for name, right in checks.items():
        print(f"{name:<60}{len(right):>5}{np.mean(right):>8.3f}")
    for name, values in differences.items():
        values = np.abs(values)
        print(f"{name}: from FFmpeg's {np.mean(values):.3f} in the mean, at most {np.max(values):.3f}")


Note = Callable[[str, bool], None]


def compare(found: Measurements, samples: np.ndarray, checks: dict[str, list[bool]]) -> None:
    def note(name: str, right: bool) -> None:
        checks.setdefault(name, []).append(right)

    if found.bpm:
        faster = measure(sped_up(samples), RATE)
        for levels, name in ((LEVELS[:1], "exactly"), (LEVELS, "but for the level")):
            right = near(faster.bpm, FASTER * found.bpm, levels)
            note(f"1.1 times as fast, tempo {name}", right)
            if found.bpm_confidence >= SURE:
                note(f"1.1 times as fast, where it is sure, {name}", right)
    if found.key:
        higher = measure(soxr.resample(samples.T, RATE * 2 ** (SEMITONES / 12), RATE).T, RATE)
        right = higher.key == moved(found.key, SEMITONES)
        note("3 semitones higher, key", right)
        if found.key_confidence >= SURE:
            note("3 semitones higher, where it is sure", right)
    if found.loudness is not None:
        softer = measure(samples * np.float32(10 ** (GAIN / 20)), RATE).loudness
        note("6 dB softer, loudness 6 LU less", softer is not None and abs(softer - found.loudness - GAIN) < 0.1)
    compare_halves(samples, note)


def compare_halves(samples: np.ndarray, note: Note) -> None:
    first, second = (measure(half, RATE) for half in np.array_split(samples, 2, axis=1))
    if min(first.bpm_confidence, second.bpm_confidence) >= SURE:
        note("both halves, where both are sure, tempo exactly", near(first.bpm, second.bpm, LEVELS[:1]))
        note("both halves, where both are sure, tempo but for the level", near(first.bpm, second.bpm, LEVELS))
    if min(first.key_confidence, second.key_confidence) >= SURE:
        note("both halves, where both are sure, key", first.key == second.key)


def moved(key: str, semitones: int) -> str:
    mode, tonic = divmod(KEYS.index(key), 12)
    return KEYS[12 * mode + (tonic + semitones) % 12]


def sped_up(samples: np.ndarray) -> np.ndarray:
    """[2, N] at FASTER times the speed, with the same pitch."""
    return np.concatenate([piece for piece, _ in filtered(samples, RATE, "atempo", str(FASTER))], axis=1)


def beside_ffmpeg(found: Measurements, samples: np.ndarray) -> dict[str, float]:
    said = ebur128(samples, RATE)
    if found.loudness is None or found.loudness_range is None or found.true_peak is None:
        return {}
    return {
        "integrated": found.loudness - float(said["lavfi.r128.I"]),
        "range": found.loudness_range - float(said["lavfi.r128.LRA"]),
        "true peak": found.true_peak - 20 * float(np.log10(float(said["lavfi.r128.true_peak"]))),
    }


def near(bpm: float | None, truth: float | None, levels: Sequence[float]) -> bool:
    """Whether a tempo is another one, or that at one of these levels."""
    return bpm is not None and truth is not None and any(abs(bpm / (truth * each) - 1) < RIGHT for each in levels)
