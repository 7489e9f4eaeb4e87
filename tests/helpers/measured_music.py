"""Made music whose tempo and key are exactly known."""

import numpy as np

RATE = 44_100  # Hz
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def stereo(mono: np.ndarray) -> np.ndarray:
    """[n] -> [2, n] float32, the same in both channels."""
    return np.stack([mono, mono]).astype(np.float32)


def clicks(bpm: float, seconds: float, first: float = 0.0, rate: int = RATE) -> np.ndarray:
    """[n] float64: a short burst of noise on each beat, from `first` seconds onwards; every fourth is louder."""
    signal = np.zeros(round(seconds * rate))
    length = round(0.05 * rate)
    burst = np.random.default_rng(0).standard_normal(length) * np.exp(-np.arange(length) / (0.01 * rate))
    for beat, start in enumerate(np.arange(first, seconds, 60 / bpm)):
        at = round(start * rate)
        piece = burst[: len(signal) - at]
        signal[at : at + len(piece)] += (0.4 if beat % 4 == 0 else 0.2) * piece
    return signal


def chords(names: str, bpm: float, seconds: float, shift: float = 0.0, rate: int = RATE) -> np.ndarray:
    """[n] float64: triads with a bass note, one a bar of four beats, again and again: "Am F C G".

    Args:
        shift: semitones by which everything sounds higher.
    """
    bar = round(4 * 60 / bpm * rate)
    time = np.arange(bar) / rate
    bars = []
    for name in names.split():
        root = 48 + STEPS[name[0]] + name.count("#") - name.count("b")
        third = 3 if name.endswith("m") else 4
        notes = [root - 12, root, root + third, root + 7, root + 12]
        bars.append(sum(_note(note + shift, time) for note in notes) / len(notes))
    phrase = np.concatenate(bars)
    count = round(seconds * rate)
    return np.tile(phrase, count // len(phrase) + 1)[:count]


def _note(pitch: float, time: np.ndarray) -> np.ndarray:
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    fading = np.minimum(time / 0.01, 1) * np.exp(-time)
    return fading * sum(np.sin(2 * np.pi * k * frequency * time) / k for k in range(1, 6))
