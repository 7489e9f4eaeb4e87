"""MIDI files to sound and sound to Ogg Opus, for the scripts that render music.

Needs the fluidsynth program (2.x) and a General MIDI soundfont. The published clips use FluidR3_GM, which is under
the MIT licence: `apt-get install fluidsynth fluid-soundfont-gm`.
"""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
SAMPLE_RATE = 48_000  # Hz, the one rate at which Opus works inside


def synthesise(midi: Path, soundfont: Path = SOUNDFONT, gain: float = 0.3) -> np.ndarray:
    """Play a MIDI file with fluidsynth's default reverb and without its chorus.

    Returns:
        Stereo samples [2, N], float32, 48 kHz; `gain` leaves headroom, nothing is clipped.

    Raises:
        subprocess.CalledProcessError: fluidsynth failed; what it said is in `stderr`.
    """
    command = ["fluidsynth", "-n", "-i", "-q", "-C", "0", "-g", str(gain), "-r", str(SAMPLE_RATE)]
    command += ["-T", "raw", "-O", "float", "-E", "little", "-F", "-", str(soundfont), str(midi)]
    played = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(played.stdout, dtype="<f4").reshape(-1, 2).T.copy()


def trim_silence(samples: np.ndarray, floor_db: float = -60.0) -> np.ndarray:
    """Cut the end of [2, N] that stays `floor_db` dB or more under the highest sample."""
    level = np.abs(samples).max(axis=0)
    audible = np.flatnonzero(level > level.max() * 10 ** (floor_db / 20))
    return samples[:, : audible[-1] + 1]


def fade_out(samples: np.ndarray, seconds: float) -> np.ndarray:
    """Bring the last `seconds` of [2, N] down to silence along a quarter of a cosine."""
    length = min(samples.shape[1], round(seconds * SAMPLE_RATE))
    faded = samples.copy()
    faded[:, samples.shape[1] - length :] *= np.cos(np.linspace(0, np.pi / 2, length, dtype=np.float32))
    return faded


def normalise(samples: np.ndarray, peak_db: float = -1.0) -> np.ndarray:
    """Scale [2, N] so that its highest sample lies `peak_db` dB relative to full scale."""
    return samples * np.float32(10 ** (peak_db / 20) / np.abs(samples).max())


def write_opus(path: Path, samples: np.ndarray, bit_rate: int, tags: dict[str, str] | None = None) -> None:
    """Encode stereo samples [2, N] of 48 kHz as Ogg Opus; the same input gives the same audio packets."""
    with av.open(path, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="stereo")
        stream.bit_rate = bit_rate
        stream.options = {"flags": "+bitexact"}
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.reshape(1, -1)), "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
