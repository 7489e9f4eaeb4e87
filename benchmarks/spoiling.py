"""Spoils clean sound as real files are spoilt. Needs av and SciPy."""

import io
import random
from fractions import Fraction

import av
import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

SAMPLE_RATE = 44_100  # Hz


def spoil(samples: np.ndarray, chance: random.Random) -> np.ndarray:
    """[2, N] float32 with chance reverb, filters, noise, saturation, coding and level, each now and then."""
    random_state = np.random.default_rng(chance.randrange(2**32))
    sound: np.ndarray = samples / max(1e-4, float(np.abs(samples).max()))
    if chance.random() < 0.3:
        seconds = chance.uniform(0.3, 2.5)
        length = round(seconds * SAMPLE_RATE)
        room = random_state.standard_normal((2, length)) * np.exp(-6.9 * np.linspace(0, 1, length))
        room /= np.linalg.norm(room, axis=1, keepdims=True)
        wet: np.ndarray = np.asarray(fftconvolve(sound, room, axes=1))[:, : sound.shape[1]]
        sound = sound + chance.uniform(0.1, 0.6) * wet / max(1e-4, float(np.abs(wet).max()))
    if chance.random() < 0.5:  # shelves: a band added or taken
        hertz, kind = chance.choice((150, 400, 1000, 3000)), chance.choice(("low", "high"))
        sound = sound + chance.uniform(-0.6, 1.2) * _filtered(sound, 1, hertz, kind)
    if chance.random() < 0.2:
        sound = _filtered(sound, 2, chance.uniform(3500, 12000), "low")
    if chance.random() < 0.15:
        sound = np.tanh(chance.uniform(1, 4) * sound / max(1e-4, float(np.abs(sound).max())))
    if chance.random() < 0.2:
        noise = random_state.standard_normal(sound.shape)
        if chance.random() < 0.5:
            noise = _filtered(noise, 1, 1000, "low")
        sound = sound + noise * 10 ** (chance.uniform(-50, -28) / 20) * float(np.abs(sound).max())
    if chance.random() < 0.2:
        sound = np.repeat(sound.mean(axis=0, keepdims=True), 2, axis=0)
    sound = sound / max(1e-4, float(np.abs(sound).max())) * 10 ** (chance.uniform(-14, -0.5) / 20)
    sound = np.ascontiguousarray(sound, dtype=np.float32)
    if chance.random() < 0.3:
        sound = _coded(sound, chance.choice((48_000, 64_000, 96_000, 128_000)))
    return sound


def _filtered(sound: np.ndarray, order: int, hertz: float, kind: str) -> np.ndarray:
    return np.asarray(sosfilt(butter(order, hertz, kind, fs=SAMPLE_RATE, output="sos"), sound, axis=1))


def _coded(samples: np.ndarray, bit_rate: int) -> np.ndarray:
    """Through MP3 and back, of the same length."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="stereo")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    kept.seek(0)
    with av.open(kept, "r") as coded:
        decoded = np.concatenate([frame.to_ndarray() for frame in coded.decode(audio=0)], axis=1)
    decoded = decoded[:, : samples.shape[1]].astype(np.float32)
    return np.pad(decoded, ((0, 0), (0, samples.shape[1] - decoded.shape[1])))
