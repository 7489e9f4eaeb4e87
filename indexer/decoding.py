"""Decoding as the networks need it, for processes that have none of them: this brings no torch."""

from pathlib import Path

from models.audio.decode import Decoded, decode
from models.separator import SAMPLE_RATE
from polymuse.errors import BadAudioError
from polymuse.paths import printable


def decode_music(path: Path, max_seconds: float) -> Decoded:
    """The file at SAMPLE_RATE. Raises BadAudioError, also for nothing but silence."""
    decoded = decode(path, sample_rate=SAMPLE_RATE, max_seconds=max_seconds)
    if not decoded.samples.any():
        raise BadAudioError(f"{printable(path)}: nothing but silence", "Check the file in a player")
    return decoded
