"""All that is measured of a track."""

from collections.abc import Mapping

import numpy as np

from models.measuring.energy import energy
from models.measuring.excerpts import downsampled, passages
from models.measuring.loudness import loudness
from models.measuring.onsets import onset_strength
from models.measuring.tempo import tempo
from models.measuring.tonality import tonality
from polymuse.music import DRUMS, MEASURING_VERSION, Measurements

VERSION = MEASURING_VERSION  # where the indexer reads it, which does not load the algorithms
AUDIBLE = 10**-3.5  # of the power of all stems: what separators leave where there are no drums is quieter
LONGEST = 120.0  # seconds of stems that are looked at


def measure(mix: np.ndarray, sample_rate: int, stems: Mapping[str, np.ndarray] | None = None) -> Measurements:
    """Tempo, key, loudness and energy.

    Args:
        mix: [2, N] float32, the whole track; 1 is full scale and may be exceeded. It is not changed.
        sample_rate: Hz.
        stems: {name: [2, M] float32} at the same rate, where there are any: whole stems, or passages of them joined.
            Drums help the tempo, what is without drums the key.

    Thread-safe; may be called with any length, also with digital silence.
    """
    parts = passages(mix, sample_rate)
    level = loudness(mix, sample_rate)
    strengths = [onset_strength(part.samples) for part in parts]
    drums, pitched = _drums(stems or {}, sample_rate), _pitched(stems or {}, sample_rate)
    beat = tempo(strengths, parts[0].start, None if drums is None else onset_strength(drums))
    key, key_confidence = tonality([part.samples for part in parts] if pitched is None else [pitched])
    return Measurements(
        bpm=beat.bpm,
        bpm_confidence=beat.confidence,
        bpm_other=beat.other,
        first_beat=beat.first_beat,
        key=key,
        key_confidence=key_confidence,
        loudness=level.integrated,
        loudness_range=level.range,
        true_peak=level.true_peak,
        energy=energy(level.integrated, strengths),
        version=VERSION,
    )


def _drums(stems: Mapping[str, np.ndarray], sample_rate: int) -> np.ndarray | None:
    """[m] float32 at RATE, if there are drums to be found: not more than AUDIBLE under all stems together."""
    drums = stems.get(DRUMS)
    if drums is None or not drums.shape[1]:
        return None
    power = {name: float(np.vdot(stem, stem)) for name, stem in stems.items()}
    if power[DRUMS] <= AUDIBLE * sum(power.values()):
        return None
    return downsampled(drums[:, : round(LONGEST * sample_rate)], sample_rate)


def _pitched(stems: Mapping[str, np.ndarray], sample_rate: int) -> np.ndarray | None:
    """[m] float32 at RATE: all stems but the drums, if the drums are among them."""
    others = [stem[:, : round(LONGEST * sample_rate)] for name, stem in stems.items() if name != DRUMS]
    if DRUMS not in stems or not others or not others[0].shape[1]:
        return None
    return downsampled(np.sum(others, axis=0), sample_rate)
