"""Songs for benchmarks/indexing.py on a machine without music: stereo, four minutes each, spliced from the demo clips.

    python benchmarks/songs.py DIR N

Song n is spliced from clips that are drawn, with a loudness for each, by a generator seeded with n: no two are the same
audio, and all of them are the same in every run. Even ones become MP3 of 256 kbit/s, odd ones FLAC.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np

import data
from models.audio.decode import decode

CLIPS = Path(data.__file__).with_name("demo")
RATE = 44_100  # Hz
LENGTH = 4 * 60 * RATE  # samples
QUIETEST = 0.4  # of the gains of clips; the loudest is 1
BIT_RATE = 256_000  # of MP3


def main() -> None:
    parser = argparse.ArgumentParser(description="Write songs to time indexing with.")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("count", type=int, metavar="N")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    paths = [arguments.directory / f"song{n:04}.{'flac' if n % 2 else 'mp3'}" for n in range(arguments.count)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:  # FFmpeg does not survive a fork
        list(processes.map(write, paths, range(arguments.count)))


def write(path: Path, number: int) -> None:
    """Make a song and write it as FLAC or MP3."""
    encode(path, splice(number))


def splice(number: int) -> np.ndarray:
    """Clips one after the other: [2, LENGTH] float32."""
    chance = np.random.default_rng(number)
    clips = sorted(CLIPS.glob("*.opus"))
    song = np.empty((2, LENGTH), np.float32)
    filled = 0
    while filled < LENGTH:
        clip = decode(clips[chance.integers(len(clips))], sample_rate=RATE).samples[:, : LENGTH - filled]
        song[:, filled : filled + clip.shape[1]] = np.float32(chance.uniform(QUIETEST, 1)) * clip
        filled += clip.shape[1]
    return song


def encode(path: Path, samples: np.ndarray) -> None:
    """Write [2, N] in the format that the name of the file says."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac" if path.suffix == ".flac" else "libmp3lame", rate=RATE, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = BIT_RATE
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(stream.format.name, "stereo", RATE, stream.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))


if __name__ == "__main__":
    main()
