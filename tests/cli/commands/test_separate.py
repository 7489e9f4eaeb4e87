"""`polymuse separate` with a BS-RoFormer, from a file to the files of its stems."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.audio.decode import decode
from models.importing import import_weights
from models.weights.store import WeightStore
from tests.helpers.paths import ROOT, TINY_ROFORMER

pytestmark = pytest.mark.slow


CLIP = ROOT / "data" / "demo" / "petzold_minuet.opus"
RATE = 44_100  # Hz


@pytest.mark.parametrize(
    ("audio_format", "tolerance"),
    # The saved files hold what was computed, or the nearest step of 24 bits each.
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


def samples(path: Path) -> np.ndarray:
    """[2, N] float32."""
    return decode(path, sample_rate=RATE, max_seconds=600).samples
