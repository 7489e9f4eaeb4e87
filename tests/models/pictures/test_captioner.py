"""BLIP against outputs of the official steps (tests/golden/blip_tiny/README.md)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.pictures import Captioner
from polymuse.errors import UnavailableError
from tests.helpers.pictures import BLIP_TINY, CAPTIONS

GOLDEN = np.load(BLIP_TINY / "golden.npz")
NAMES = sorted(CAPTIONS)


@pytest.mark.parametrize("name", [name for name in NAMES if f"pixels/{name}" in GOLDEN])
def test_pixels_are_equal(captioner: Captioner, name: str) -> None:
    np.testing.assert_array_equal(captioner.pixels(BLIP_TINY / "images" / name).numpy(), GOLDEN[f"pixels/{name}"])


@pytest.mark.parametrize("name", NAMES)
def test_states_and_logits(captioner: Captioner, name: str) -> None:
    pixels = captioner.pixels(BLIP_TINY / "images" / name)
    with torch.inference_mode():
        states = captioner.model.vision_model(pixels).last_hidden_state
        ids = torch.from_numpy(GOLDEN[f"ids/{name}"])
        logits = captioner.model.text_decoder(ids, encoder_hidden_states=states).logits
    np.testing.assert_allclose(states.numpy(), GOLDEN[f"vision/{name}"], atol=1e-5)
    np.testing.assert_allclose(logits.numpy(), GOLDEN[f"logits/{name}"], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_ids_and_words_are_equal(captioner: Captioner, name: str) -> None:
    ids = captioner.ids(captioner.pixels(BLIP_TINY / "images" / name))
    assert ids == GOLDEN[f"ids/{name}"][0].tolist()
    assert captioner.words(ids) == CAPTIONS[name]


@pytest.mark.parametrize("name", NAMES)
def test_captions_are_equal(captioner: Captioner, name: str) -> None:
    assert captioner.caption(BLIP_TINY / "images" / name) == CAPTIONS[name]


class TestOtherFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        copy = tmp_path / "blip"
        shutil.copytree(BLIP_TINY, copy)
        return copy

    def refused(self, folder: Path) -> str:
        with pytest.raises(UnavailableError) as caught:
            Captioner.load(folder)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def change_tensors(self, folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
        tensors = torch.load(folder / "pytorch_model.bin", weights_only=True)
        change(tensors)
        torch.save(tensors, folder / "pytorch_model.bin")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda each: each.pop("vision_model.post_layernorm.weight"), "post_layernorm.weight is missing"),
            (lambda each: each.update(extra=torch.zeros(1)), "extra is unknown"),
            (lambda each: each.clear(), "is missing"),
            (
                lambda each: each.update({"text_decoder.cls.predictions.bias": torch.zeros(150)}),
                r"predictions.bias is [150] torch.float32, not [149] torch.float32",
            ),
            (
                lambda each: each.update({"text_decoder.cls.predictions.bias": torch.zeros(149).half()}),
                "torch.float16",
            ),
        ],
    )
    def test_another_network(self, folder: Path, change: Callable[[dict[str, Any]], object], words: str) -> None:
        self.change_tensors(folder, change)
        message = self.refused(folder)
        assert "does not hold BLIP" in message
        assert words in message

    def test_saved_positions_are_ignored(self, folder: Path) -> None:
        name = "text_decoder.bert.embeddings.position_ids"
        self.change_tensors(folder, lambda each: each.update({name: torch.arange(64)[None]}))
        Captioner.load(folder)

    def test_other_files(self, folder: Path) -> None:
        (folder / "pytorch_model.bin").write_bytes(b"no tensors")
        assert "cannot be read as weights" in self.refused(folder)
        whole = (BLIP_TINY / "pytorch_model.bin").read_bytes()
        (folder / "pytorch_model.bin").write_bytes(whole[: len(whole) // 2])
        assert "cannot be read as weights" in self.refused(folder)
        (folder / "pytorch_model.bin").unlink()
        assert "cannot be read as weights" in self.refused(folder)

    def test_code_in_a_checkpoint_is_not_executed(self, folder: Path) -> None:
        class Harm:
            def __reduce__(self) -> tuple[Any, ...]:
                return (Path.touch, (folder / "done",))

        torch.save({"harm": Harm()}, folder / "pytorch_model.bin")
        assert "cannot be read as weights" in self.refused(folder)
        assert not (folder / "done").exists()

    @pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"model_type": "bert"}', "{}"])
    def test_the_configuration_of_another_network(self, folder: Path, text: str) -> None:
        (folder / "config.json").write_text(text)
        assert "config.json" in self.refused(folder)

    def test_another_size(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        config["vision_config"]["num_hidden_layers"] = 3
        (folder / "config.json").write_text(json.dumps(config))
        assert "is missing" in self.refused(folder)

    @pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor_config.json"])
    def test_damaged_small_files(self, folder: Path, name: str) -> None:
        (folder / name).write_text("{")
        assert "cannot be read as weights" in self.refused(folder)
        (folder / name).unlink()
        self.refused(folder)
