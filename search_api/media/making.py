"""What runs in the processes that make files from audio files. Imports nothing heavy: somebody waits for it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from polymuse.errors import UnavailableError
from polymuse.memory import limit_memory

Maker: TypeAlias = Callable[[Path, Path], None]  # reads the first file, writes the second

MEMORY = 2**30  # bytes; PyAV and numpy take a fifth of it


def prepare() -> None:
    """To be called once in each process: searches go first, and a file that is made to eat the memory cannot."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported
    if sys.platform != "win32":
        os.nice(5)
    limit_memory(MEMORY)


def make(job: tuple[Maker, Path, Path]) -> None:
    """Raises BadAudioError for a source that is no audio, UnavailableError for a target that cannot be written."""
    maker, source, target = job
    try:
        maker(source, target)
    except OSError as error:
        raise unwritable(target.parent, error) from error


def unwritable(directory: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The cache {directory} cannot be written: {error.strerror}", "Check permissions and free space of its disk"
    )
