"""Share decoded audio between the decoders and the process with the networks, as memory-mapped files.

Pickling a track of four minutes would copy its 85 MB three times; a file in tmpfs is written once and mapped.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.audio.decode import Decoded, decode_music
from polymuse.music import Measurements

PREFIX = "polymuse-audio-"  # followed by the id of the process that created the directory
IN_MEMORY = Path("/dev/shm")  # noqa: S108  Linux; other systems use the temporary directory
MIN_FREE_MEMORY = 4 * 2**30  # bytes free in /dev/shm to use it; containers often have 64 MiB
NO_SAMPLES = np.empty((2, 0), np.float32)
NO_MEAN = np.empty((1, 0), np.float32)


@dataclass(frozen=True, slots=True)
class SharedAudio:
    """A decoded track whose samples are stored in a file."""

    source: Path  # the audio file
    file: Path  # .npy with the samples, then those of the mean if there is one
    decoded: Decoded  # without its samples
    nbytes: int  # of the samples
    save_stems: Path | None
    seconds: float  # that decoding took
    mean_start: int = 0  # where the samples of the mean are in the file
    measured: Measurements | None = None  # None: it is left to the process with the networks
    measuring: float = 0.0  # seconds that took

    def open(self) -> Decoded:
        """The decoded track with memory-mapped samples. Changes to them are not written to the file."""
        mean = self.decoded.mean
        if mean is not None:
            mean = replace(mean, samples=np.memmap(self.file, np.float32, "c", self.mean_start).reshape(1, -1))
        return replace(self.decoded, samples=np.load(self.file, mmap_mode="c"), mean=mean)

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)


def decode_to_file(
    source: Path,
    directory: Path,
    save_stems: Path | None,
    max_seconds: float,
    decoder: Callable[..., Decoded] = decode_music,
    *,
    measures: bool = False,
) -> SharedAudio:
    """Decode an audio file to a .npy file in `directory`, and measure it if asked to.

    Raises BadAudioError, and OSError if the disk is full.
    """
    started = time.perf_counter()
    decoded = decoder(source, max_seconds=max_seconds)
    number, name = tempfile.mkstemp(".npy", dir=directory)
    mean = decoded.mean
    try:
        with os.fdopen(number, "wb") as stream:
            np.save(stream, decoded.samples)
            mean_start = stream.tell()
            if mean is not None:
                mean.samples.tofile(stream)
    except OSError:
        Path(name).unlink()
        raise
    nbytes = decoded.samples.nbytes + (0 if mean is None else mean.samples.nbytes)
    left = replace(decoded, samples=NO_SAMPLES, mean=None if mean is None else replace(mean, samples=NO_MEAN))
    seconds = time.perf_counter() - started
    shared = SharedAudio(source, Path(name), left, nbytes, save_stems, seconds, mean_start)
    if not measures:
        return shared
    from models.measuring import measure

    measured = measure(decoded.samples, decoded.sample_rate)
    return replace(shared, measured=measured, measuring=time.perf_counter() - started - seconds)


@contextmanager
def audio_directory() -> Iterator[Path]:
    """A temporary directory, in memory if there is space. Directories left by killed processes are deleted as well."""
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= MIN_FREE_MEMORY
    parent = IN_MEMORY if in_memory else Path(tempfile.gettempdir())
    for left in parent.glob(f"{PREFIX}*"):
        if not _is_running(int(left.name.removeprefix(PREFIX).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=parent) as directory:
        yield Path(directory)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # owned by another user
        return True
    return True
