"""What the processes that make files do with errors and with themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from polymuse.errors import BadAudioError, UnavailableError
from search_api.media.making import MEMORY, make
from search_api.media.waveforms import write_waveform


def copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def test_the_maker_reads_the_source_and_writes_the_target(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"content")
    make((copy, tmp_path / "source", tmp_path / "target"))
    assert (tmp_path / "target").read_bytes() == b"content"


def test_a_target_that_cannot_be_written_names_its_folder(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"content")
    folder = tmp_path / "gone"
    with pytest.raises(UnavailableError, match=rf"{folder} cannot be written: No such file or directory"):
        make((copy, tmp_path / "source", folder / "target"))


def test_a_source_without_audio_is_bad_audio(tmp_path: Path) -> None:
    (tmp_path / "source.ogg").write_bytes(b"OggS but nothing else")
    with pytest.raises(BadAudioError, match=r"source\.ogg"):
        make((write_waveform, tmp_path / "source.ogg", tmp_path / "target"))


PROGRAM = """
import os, resource
from search_api.media.making import prepare
before = os.nice(0)
prepare()
print(os.nice(0) - before, os.environ["OPENBLAS_NUM_THREADS"], resource.getrlimit(resource.RLIMIT_DATA)[0])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads limits of Linux")
def test_a_process_gives_way_and_has_a_limit_of_memory() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    lowered, threads, limit = map(int, run.stdout.split())
    assert (lowered, threads) == (min(5, 19 - os.nice(0)), 1)
    assert MEMORY <= limit < 2 * MEMORY
