"""Files with a plain sound."""

from pathlib import Path

import numpy as np

from models.audio.write import write_wav

RATE = 44_100  # Hz


def write_tone(path: Path, frequency: float, seconds: float = 8.0) -> Path:
    """Writes a tone of `frequency` Hz, plucked twice a second, as a stereo WAV file: enough for tags and vectors."""
    t = np.arange(round(seconds * RATE)) / RATE
    wave = 0.4 * np.exp(-4 * (t % 0.5)) * np.sin(2 * np.pi * frequency * t)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.stack([wave, wave]).astype(np.float32), RATE)
    return path
