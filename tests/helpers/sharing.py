"""Processes that use one store together."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.paths import ROOT

HEAD = """
import sys, uuid
from pathlib import Path
import numpy as np
from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Segment

def entry(n):
    track = Track(str(uuid.UUID(int=n)), (FileRef(f"/music/{n}.ogg", 1, 1),), f"Title {n}", 1.0, "vorbis")
    axes = np.eye(4, dtype=np.float32)
    return Entry(track, {"mix": axes[n % 4]}, (Segment(0.0, 30.0, axes[n % 4]), Segment(15.0, 45.0, axes[0])))

store = Catalog.share(Path(sys.argv[1]), Space("test", 4, "f" * 64, "starter"))
print("open", flush=True)
"""
STAY = "\nsys.stdin.read()\nstore.close()\n"  # until the end of its input


@contextmanager
def sharing(store: Path, script: str = STAY, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """A process that shares the store of the tests and runs the script. It is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + script, str(store)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()
