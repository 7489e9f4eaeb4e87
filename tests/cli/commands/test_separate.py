"""`polymuse separate`, from a file to the files of its stems."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.audio.decode import decode
from models.audio.write import write_wav
from models.importing import import_weights
from models.weights.store import WeightStore
from tests.helpers.command_line import Run, lines
from tests.helpers.paths import ROOT, TINY_ROFORMER
from tests.helpers.tones import RATE, write_tone

pytestmark = pytest.mark.slow


CLIP = ROOT / "data" / "demo" / "petzold_minuet.opus"


@pytest.mark.parametrize(
    ("audio_format", "tolerance"),
    # The saved files contain the computed samples, or those rounded to 24 bits.
    [("wav", 0.0), ("flac", 2 * 0.5 / 2**23 + 1e-7)],
)
def test_saved_stems_sum_to_the_mix(audio_format: str, tolerance: float, tmp_path: Path) -> None:
    import_weights(
        WeightStore(tmp_path / "home" / "models"),
        {"bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]},
    )
    command = [sys.executable, "-m", "indexer", "separate", str(CLIP), "--profile", "clamp3", "--json"]
    command += ["--format", audio_format, "--out", str(tmp_path / "out")]
    environment = os.environ | {"POLYMUSE_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    stems = {name: samples(Path(path)) for name, path in json.loads(result.stdout)["stems"].items()}
    mix = samples(CLIP)
    assert {stem.shape for stem in stems.values()} == {mix.shape}
    assert np.abs(stems["vocals"]).max() > 0.01  # the network does something
    assert np.abs(mix - stems["vocals"] - stems["instrumental"]).max() <= tolerance


def test_other_separators_and_files_of_ones_own(
    polymuse: Run, music: Path, polymuse_home: Path, tmp_path: Path
) -> None:
    vocals = [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]
    import_weights(WeightStore(polymuse_home / "models"), {"bs_roformer_vocals": vocals})
    files = ("--checkpoint", vocals[0], "--config", vocals[1])
    written = {}
    for name, flags in {"named": ("--separator", "bs_roformer"), "own": files, "spleeter": ()}.items():
        out = tmp_path / name
        result = polymuse("separate", music / "low.wav", "--profile", "starter", "--out", out, *flags)
        assert result.returncode == 0, result.stderr
        written[name] = {path.name: path.read_bytes() for path in out.rglob("*.wav")}
        assert written[name].keys() == {"vocals.wav", "instrumental.wav"}
    assert written["named"] == written["own"] != written["spleeter"]
    result = polymuse("separate", music / "low.wav", "--separator", "spleeter", *files)
    assert (result.returncode, "cannot be combined with --separator spleeter" in result.stderr) == (2, True)
    result = polymuse("separate", music / "low.wav", "--checkpoint", vocals[1], "--config", vocals[1])
    assert (result.returncode, "Cannot read" in result.stderr) == (3, True)
    result = polymuse("separate", music / "low.wav", "--separator", "none")
    assert (result.returncode, "leaves nothing to write" in result.stderr) == (2, True)


def samples(path: Path) -> np.ndarray:
    """[2, N] float32."""
    return decode(path, sample_rate=RATE, max_seconds=600).samples


def test_stems_of_files_with_one_name_do_not_overwrite_each_other(polymuse: Run, music: Path, tmp_path: Path) -> None:
    other = write_tone(tmp_path / "other" / "low.wav", 330)
    result = polymuse("separate", music / "low.wav", other, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    written = [Path(line).relative_to(tmp_path / "out") for line in result.stdout.splitlines()]
    assert [str(path.parent.parent) for path in written] == ["low", "low", "low (2)", "low (2)"]
    assert all((tmp_path / "out" / path).is_file() for path in written)


def test_stems_stay_below_the_folder_whatever_the_file_is_called(polymuse: Run, tmp_path: Path) -> None:
    names = ("...wav", "CON.wav", "a.. .wav", "Song.wav", "copy/song.wav")
    files = [write_tone(tmp_path / "music" / name, 220) for name in names]
    result = polymuse("separate", *files, "--out", tmp_path / "out" / "in", "--stems", "vocals")
    assert result.returncode == 0, result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in"]
    written = [Path(line).relative_to(tmp_path / "out" / "in").parts[0] for line in result.stdout.splitlines()]
    assert written == ["__", "_CON", "a_", "Song", "song (2)"]


def test_only_the_requested_stems_are_written(
    polymuse: Run, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYMUSE_STEMS", "none")  # this setting is about indexing
    result = polymuse("separate", music / "low.wav", "--out", tmp_path / "out", "--stems", "vocals")
    assert result.stdout.splitlines() == [str(tmp_path / "out" / "low" / "stems" / "vocals.wav")], result.stderr
    assert [file.name for file in (tmp_path / "out").rglob("*.wav")] == ["vocals.wav"]
    polymuse("separate", music / "low.wav", "--out", tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").rglob("*.wav")} == {"vocals.wav", "instrumental.wav"}


def test_no_stems_are_an_error(polymuse: Run, music: Path) -> None:
    result = polymuse("separate", music / "low.wav", "--stems", "none")
    assert result.returncode == 2
    assert "--stems none leaves nothing to write. Choose stems" in result.stderr


def test_clipped_samples_of_stems_are_reported(polymuse: Run, tmp_path: Path) -> None:
    loud = np.sign(np.sin(2 * np.pi * 100 * (np.arange(2 * RATE) + 0.5) / RATE))  # its parts exceed full scale
    write_wav(tmp_path / "loud.wav", np.stack([loud, loud]).astype(np.float32), RATE)
    result = polymuse("separate", tmp_path / "loud.wav", "--out", tmp_path, "--format", "flac", "--json")
    assert result.returncode == 0, result.stderr
    [line] = lines(result)
    assert [Path(stem).name for stem in line["stems"].values()] == ["vocals.flac", "instrumental.flac"]
    assert line["clipped"]
    for name, count in line["clipped"].items():
        assert f"{name}: {count} samples clipped; choose --format wav to keep them" in result.stderr
    floats = lines(polymuse("separate", tmp_path / "loud.wav", "--out", tmp_path, "--json"))
    assert floats[0]["clipped"] == {}
