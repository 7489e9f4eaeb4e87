"""Decoded audio on its way from the process that decodes it to the one with the networks: files that both map.

Pickling a track of four minutes would copy its 85 MB three times; a file in memory (tmpfs) is written once and mapped.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.audio.decode import Decoded, decode_music

PREFIX = "polymuse-audio-"  # then the number of the process that made the directory
IN_MEMORY = Path("/dev/shm")  # noqa: S108  Linux; elsewhere files of the system's temporary directory serve
ROOM = 4 * 2**30  # bytes that must be free in memory; containers often have 64 MiB there
NO_SAMPLES = np.empty((2, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Handover:
    """A decoded track whose samples lie in a file."""

    source: Path  # that was decoded
    file: Path
    audio: Decoded  # without its samples
    nbytes: int  # of the samples
    save_stems: Path | None
    seconds: float  # that decoding took

    def open(self) -> Decoded:
        """The decoded track; its samples are read from the file when they are used, and changing them leaves it."""
        return replace(self.audio, samples=np.load(self.file, mmap_mode="c"))

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)


def hand_over(source: Path, directory: Path, save_stems: Path | None, max_seconds: float) -> Handover:
    """Decode a file into a file of the directory. Raises BadAudioError, and OSError where there is no room."""
    started = time.perf_counter()
    decoded = decode_music(source, max_seconds)
    number, name = tempfile.mkstemp(".npy", dir=directory)
    try:
        with os.fdopen(number, "wb") as stream:
            np.save(stream, decoded.samples)
    except OSError:
        Path(name).unlink()
        raise
    audio = replace(decoded, samples=NO_SAMPLES)
    return Handover(source, Path(name), audio, decoded.samples.nbytes, save_stems, time.perf_counter() - started)


@contextmanager
def handover_directory() -> Iterator[Path]:
    """An empty directory, in memory where there is room, that is gone afterwards; so are those of killed processes."""
    in_memory = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM
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
    except OSError:  # somebody else's
        return True
    return True
