"""Functions of the processes that make derived files. Imports nothing heavy: a client waits for the start."""

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
    """Initialise a process: low priority, so that searches go first, and a memory limit against malicious files."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported
    if sys.platform != "win32":
        os.nice(5)
    limit_memory(MEMORY)


def make(job: tuple[Maker, Path, Path]) -> None:
    """Run a maker. Raises BadAudioError for a bad source, UnavailableError if the target cannot be written."""
    maker, source, target = job
    try:
        maker(source, target)
    except OSError as error:
        raise unwritable(target.parent, error) from error


def unwritable(directory: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The cache {directory} cannot be written: {error.strerror}",
        "Check permissions and free disk space",
    )
