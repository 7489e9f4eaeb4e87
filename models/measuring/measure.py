"""All that is measured of a track."""

from collections.abc import Mapping

import numpy as np

from models.measuring.energy import energy
from models.measuring.excerpts import passages
from models.measuring.loudness import loudness
from models.measuring.tempo import tempo
from models.measuring.tonality import tonality
from polymuse.music import MEASURING_VERSION, Measurements

VERSION = MEASURING_VERSION  # where the indexer reads it, which does not load the algorithms


def measure(mix: np.ndarray, sample_rate: int, stems: Mapping[str, np.ndarray] | None = None) -> Measurements:
    """Tempo, key, loudness and energy.

    Args:
        mix: [2, N] float32, the whole track; 1 is full scale and may be exceeded. It is not changed.
        sample_rate: Hz.
        stems: {name: [2, M] float32} at the same rate, where there are any: whole stems, or passages of them joined.
            Drums help the tempo, what is without drums the key.

    Thread-safe; may be called with any length, also with digital silence.
    """
    del stems  # not used yet
    parts = passages(mix, sample_rate)
    found = loudness(mix, sample_rate)
    beat = tempo(parts)
    key, key_confidence = tonality([part.samples for part in parts])
    return Measurements(
        bpm=beat.bpm,
        bpm_confidence=beat.confidence,
        bpm_other=beat.other,
        first_beat=beat.first_beat,
        key=key,
        key_confidence=key_confidence,
        loudness=found.integrated,
        loudness_range=found.range,
        true_peak=found.true_peak,
        energy=energy(found.integrated, [part.samples for part in parts]),
        version=VERSION,
    )
