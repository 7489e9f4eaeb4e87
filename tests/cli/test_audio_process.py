"""A file that crashes the decoder costs only itself."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from cli.audio_process import AudioProcess
from indexer.file_tags import read_tags
from indexer.identity import track_id
from models.audio.decode import Decoded, decode_music
from polymuse.errors import BadAudioError, UnreadableError
from tests.helpers.command_line import run_here
from tests.helpers.paths import GOLDEN, ROOT
from tests.helpers.tones import write_tone

BAD = GOLDEN / "malformed" / "rate.adx"
CLIP = ROOT / "data" / "demo" / "petzold_minuet.opus"


def crash(path: Path, max_seconds: float) -> Decoded:
    """What FFmpeg does with some damaged files, as its own faults of this kind are avoided once they are known."""
    os.kill(os.getpid(), signal.SIGFPE)
    return decode_music(path, max_seconds)


def test_a_crash_is_the_error_of_its_file() -> None:
    with AudioProcess() as process:
        with pytest.raises(BadAudioError, match=r"^bad\.adx: the decoder .*crashed") as caught:
            process.decode(Path("bad.adx"), 60.0, crash)
        assert caught.value.advice
        samples = process.decode(CLIP, 5.0).samples
    assert np.array_equal(samples, decode_music(CLIP, 5.0).samples)
    samples[:] = 0.0  # it is the reader's own, and outlives the process


def test_tags_and_identity() -> None:
    with AudioProcess() as process:
        assert process.track_id(CLIP) == track_id(CLIP)
        assert process.read_tags(CLIP, "auto") == read_tags(CLIP)


def test_errors_keep_their_kind_and_name_the_file_once(tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp3"
    with AudioProcess() as process, pytest.raises(UnreadableError) as caught:
        process.decode(missing, 60.0)
    assert caught.value.message.count(str(missing)) == 1


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = {*Path("/dev/shm").glob("polymuse-audio-*")}
    with AudioProcess() as process:
        process.decode(CLIP, 5.0)
    assert not {*Path("/dev/shm").glob(f"polymuse-audio-{os.getpid()}-*")} - before
    assert not [*tmp_path.glob("polymuse-audio-*")]


@pytest.mark.slow
@pytest.mark.usefixtures("polymuse_home")
@pytest.mark.parametrize("command", ["tags", "embed", "analyze", "score"])
def test_a_damaged_file_is_one_line(command: str, tmp_path: Path) -> None:
    out = ["--out", tmp_path] if command == "analyze" else []
    more = [CLIP] if command == "score" else []
    result = run_here(command, BAD, *more, *out, "--profile", "starter")
    assert result.returncode == BadAudioError.exit_code
    assert result.stderr.splitlines()[-1].startswith(f"polymuse: {BAD}: its ADX header is damaged")
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("polymuse_home")
def test_the_others_are_separated(tmp_path: Path) -> None:
    good = write_tone(tmp_path / "good.wav", 330)
    result = run_here("separate", BAD, good, "--out", tmp_path / "out", "--profile", "starter", "--stems", "vocals")
    assert result.returncode == BadAudioError.exit_code
    assert [Path(line) for line in result.stdout.splitlines()] == [tmp_path / "out" / "good" / "stems" / "vocals.wav"]
    failures = [line for line in result.stderr.splitlines() if line.startswith("failed")]
    assert len(failures) == 1
    assert str(BAD) in failures[0]
