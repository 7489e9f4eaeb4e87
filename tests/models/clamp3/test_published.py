"""The published implementation against the outputs of the official code: what is compared with must be right itself."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.clamp3 import published
from tests.helpers import paths

GOLDEN = paths.GOLDEN / "clamp3"
CPU = torch.device("cpu")
TOLERANCE = 2e-6  # as of our own networks


@pytest.fixture(scope="module")
def towers() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "towers.npz") as arrays:
        return dict(arrays)


def test_text_tower(clamp3_files: Path, towers: dict[str, np.ndarray]) -> None:
    tower = published.text_tower(clamp3_files / "clamp3.pth", CPU)
    for name in ("t002_empty", "t128", "t129", "t200"):
        expected = towers[f"global/txt/{name}"][0]
        found = tower(torch.from_numpy(towers[f"in/txt/{name}"]))
        np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=TOLERANCE)


def test_audio_tower(clamp3_files: Path, towers: dict[str, np.ndarray]) -> None:
    tower = published.audio_tower(clamp3_files / "clamp3.pth", CPU)
    for name in ("a001", "a126", "a127"):
        expected = towers[f"global/npy/{name}"][0]
        found = tower(torch.from_numpy(towers[f"in/npy/{name}"][0]))
        np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=TOLERANCE)


def test_mert(clamp3_files: Path) -> None:
    network = published.mert(clamp3_files / "mert" / "pytorch_model.bin", CPU)
    with np.load(GOLDEN / "mert.npz") as arrays, np.load(GOLDEN / "end_to_end.npz") as vectors:
        assert vectors
        expected = arrays["w_143999/mean"][0]
    samples = np.frombuffer((GOLDEN / "wav" / "w_143999.wav").read_bytes()[44:], "<i2").astype(np.float32) / 32768
    np.testing.assert_allclose(network(torch.from_numpy(samples)).numpy(), expected, rtol=0, atol=TOLERANCE)


def test_files_of_the_oldest_format(clamp3_files: Path, tmp_path: Path) -> None:
    state = torch.load(clamp3_files / "mert" / "pytorch_model.bin", weights_only=True)
    torch.save(state, tmp_path / "old.bin", _use_new_zipfile_serialization=False)
    found = published.tensors(tmp_path / "old.bin")
    assert found.keys() == state.keys()


def test_tokenizer() -> None:
    encode = published.tokenizer(GOLDEN / "tokenizer.json")
    with np.load(GOLDEN / "end_to_end.npz") as arrays:
        for name, text in json.loads((GOLDEN / "texts.json").read_bytes()).items():
            if "</s>" not in text:
                assert encode(text) == arrays[f"ids/{name}"].reshape(-1).tolist(), name


def test_weights_of_another_network_are_refused(clamp3_files: Path, tmp_path: Path) -> None:
    content = torch.load(clamp3_files / "clamp3.pth", weights_only=True)
    del content["model"]["text_model.encoder.layer.0.output.LayerNorm.bias"]
    torch.save(content, tmp_path / "lacking.pth")
    with pytest.raises(ValueError, match=r"XLMRobertaModel does not take the weights: .*output\.LayerNorm\.bias"):
        published.text_tower(tmp_path / "lacking.pth", CPU)


def test_the_resampler_is_named() -> None:
    name, resample = published.resampler()
    assert name in ("torchaudio", "torchaudio's formula")
    assert resample(torch.ones(44_100), 44_100).shape == (24_000,)
    assert torch.equal(resample(torch.ones(10), 24_000), torch.ones(10))
