import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from benchmarks.seeded_clamp3 import mert, save_checkpoint, symbolic, towers
from models.clamp3.checkpoint import (
    AUDIO_FILE,
    MERT_FILE,
    OFFICIAL,
    SYMBOLIC_FILE,
    TEXT_FILE,
    convert,
    is_unused,
    map_audio,
    map_mert,
    map_symbolic,
    map_text,
    mert_shapes,
    source_sha256,
    tower_shapes,
)
from polymuse.errors import UnavailableError
from tests.helpers import paths

GOLDEN = paths.GOLDEN / "clamp3"
PROJECTION = "text_proj.weight"
TEXT_TENSORS = 39 - 2 + 2  # of the tiny tower, without the pooler, with the projection
AUDIO_TENSORS = 39 - 2 - 1 + 2  # without the word embeddings, too


class TestOfficialSize:
    def test_has_the_tensors_of_the_official_layout(self) -> None:
        layout = json.loads((GOLDEN / "saas_layout.json").read_bytes())
        assert len(layout) == 605
        towers = ("text", "audio", "symbolic")
        shapes = {key: shape for name in towers for key, shape in tower_shapes(name, OFFICIAL[name]).items()}
        assert {name: [list(shape), "float32"] for name, shape in shapes.items()} == layout

    def test_of_mert_has_211_tensors_and_94_million_parameters(self) -> None:
        shapes = mert_shapes(OFFICIAL["mert"])
        assert len(shapes) == 211
        assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 94_371_712


class TestMapped:
    def test_towers_are_what_was_saved_without_the_rest(self, clamp3_files: Path) -> None:
        saved = towers() | symbolic()
        counts = ((map_text, TEXT_TENSORS), (map_audio, AUDIO_TENSORS), (map_symbolic, AUDIO_TENSORS + 2))
        for mapped, count in counts:
            tensors = mapped(clamp3_files / "clamp3.pth")
            assert len(tensors) == count
            assert all(torch.equal(tensor, saved[name]) for name, tensor in tensors.items())

    def test_parts_that_are_not_used_are_not_read(self, tmp_path: Path) -> None:
        """The optimizer's state and the symbolic tower are 18 of the 22 MB."""
        status = Path("/proc/self/smaps")
        if not status.exists():
            pytest.skip("only Linux tells how much of a mapped file is in memory")
        path = tmp_path / "clamp3.pth"
        save_checkpoint(path)
        tensors = map_text(path)
        used = sum(tensor.nbytes for tensor in tensors.values())
        resident = 0
        assert all(tensor.isfinite().all() for tensor in tensors.values())  # reads every page of them
        for block in status.read_text().split("VmFlags")[:-1]:
            if str(path) in block:
                line = next(line for line in block.splitlines() if line.startswith("Rss:"))
                resident += int(line.split()[1]) * 1024
        assert 0.9 * used < resident < 0.5 * path.stat().st_size

    def test_both_names_of_the_weight_norm(self, tmp_path: Path) -> None:
        newer = mert(legacy=False)
        save_file(newer, tmp_path / MERT_FILE)
        tensors = map_mert(tmp_path)
        assert set(tensors) == {name for name in mert() if not is_unused(name)}
        prefix = "encoder.pos_conv_embed.conv."
        assert torch.equal(tensors[f"{prefix}weight_g"], newer[f"{prefix}parametrizations.weight.original0"])


class TestConversion:
    @pytest.fixture
    def converted(self, clamp3_files: Path, tmp_path: Path) -> Path:
        assert convert(clamp3_files / "clamp3.pth", clamp3_files / "mert", tmp_path) == tuple(
            tmp_path / name for name in (TEXT_FILE, AUDIO_FILE, SYMBOLIC_FILE, MERT_FILE)
        )
        return tmp_path

    def test_keeps_what_inference_needs(self, clamp3_files: Path, converted: Path) -> None:
        for mapped, official, own in (
            (map_text, clamp3_files / "clamp3.pth", converted),
            (map_audio, clamp3_files / "clamp3.pth", converted),
            (map_symbolic, clamp3_files / "clamp3.pth", converted),
            (map_mert, clamp3_files / "mert", converted / MERT_FILE),
        ):
            before, after = mapped(official), mapped(own)
            assert before.keys() == after.keys()
            assert all(torch.equal(before[name], after[name]) for name in before)

    def test_drops_the_rest(self, converted: Path) -> None:
        names = [name for file in converted.iterdir() for name in load_file(file)]
        assert not [name for name in names if is_unused(name)]

    def test_of_a_checkpoint_without_scores_says_so_when_they_are_needed(
        self, clamp3_files: Path, tmp_path: Path
    ) -> None:
        torch.save({"model": towers()}, tmp_path / "clamp3.pth")
        convert(tmp_path / "clamp3.pth", clamp3_files / "mert", tmp_path)
        assert map_text(tmp_path)
        with pytest.raises(UnavailableError, match=r"does not hold the symbolic tower of CLaMP 3: .* is missing"):
            map_symbolic(tmp_path)

    def test_remembers_what_it_was_made_from(self, clamp3_files: Path, converted: Path) -> None:
        checkpoint = source_sha256(clamp3_files / "clamp3.pth")
        assert len(checkpoint) == 64
        for name in (TEXT_FILE, AUDIO_FILE, SYMBOLIC_FILE):
            assert source_sha256(converted / name) == checkpoint
        assert source_sha256(converted / MERT_FILE) == source_sha256(clamp3_files / "mert" / "pytorch_model.bin")

    def test_of_converted_files_remembers_the_first(self, converted: Path, tmp_path: Path) -> None:
        again = tmp_path / "again"
        again.mkdir()
        convert(converted, converted, again)
        for name in (TEXT_FILE, AUDIO_FILE, SYMBOLIC_FILE, MERT_FILE):
            assert source_sha256(again / name) == source_sha256(converted / name)
            with safe_open(again / name, framework="pt") as file:
                assert file.metadata()["format"] == "pt"


def drop(state: dict[str, torch.Tensor]) -> None:
    del state["text_model.encoder.layer.1.output.dense.bias"]


def drop_embeddings(state: dict[str, torch.Tensor]) -> None:
    del state["text_model.embeddings.position_embeddings.weight"]


def halve(state: dict[str, torch.Tensor]) -> None:
    state[PROJECTION] = state[PROJECTION].half()


def widen(state: dict[str, torch.Tensor]) -> None:
    state[PROJECTION] = torch.zeros(64, 128)


def add(state: dict[str, torch.Tensor]) -> None:
    state["text_model.encoder.layer.0.attention.rotary"] = torch.zeros(1)


class CodeOnLoad:
    """Makes a directory when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple:
        return os.mkdir, (self.path,)


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (drop, r"text_model\.encoder\.layer\.1\.output\.dense\.bias is missing"),
            (drop_embeddings, r"text_model\.embeddings\.position_embeddings\.weight is missing"),
            (halve, r"text_proj\.weight is \[128, 128\] torch\.float16, not \[128, 128\] torch\.float32"),
            (widen, r"text_proj\.weight is \[64, 128\] torch\.float32, not \[128, 128\]"),
            (add, r"text_model\.encoder\.layer\.0\.attention\.rotary is unknown"),
        ],
    )
    def test_other_tensors(self, tmp_path: Path, change: Callable[[dict], None], why: str) -> None:
        state = towers()
        change(state)
        torch.save({"model": state}, tmp_path / "other.pth")
        with pytest.raises(UnavailableError, match=rf"other\.pth does not hold the text tower of CLaMP 3: {why}"):
            map_text(tmp_path / "other.pth")

    @pytest.mark.parametrize(
        ("name", "tensor", "why"),
        [
            ("symbolic_model.patch_embedding.weight", torch.zeros(128, 8000), r"\[128, 8000\] .*, not \[128, 8192\]"),
            ("symbolic_model.base.embeddings.LayerNorm.bias", None, "is missing"),
            ("symbolic_proj.bias", torch.zeros(128, dtype=torch.bfloat16), r"\[128\] torch\.bfloat16"),
            ("symbolic_model.base.extra", torch.zeros(1), "is unknown"),
        ],
    )
    def test_another_tower_of_scores(self, tmp_path: Path, name: str, tensor: torch.Tensor | None, why: str) -> None:
        state = symbolic()
        if tensor is None:
            del state[name]
        else:
            state[name] = tensor
        torch.save({"model": state}, tmp_path / "other.pth")
        what = r"other\.pth does not hold the symbolic tower of CLaMP 3: "
        with pytest.raises(UnavailableError, match=rf"{what}{re.escape(name)} .*{why}|{what}{re.escape(name)} {why}"):
            map_symbolic(tmp_path / "other.pth")

    def test_official_width_with_another_depth(self, tmp_path: Path) -> None:
        """A tower of width 768 that is not the official one is another model, or a part of it."""
        state = {name: torch.zeros(1).expand(shape) for name, shape in tower_shapes("audio", OFFICIAL["audio"]).items()}
        state = {name: tensor for name, tensor in state.items() if ".layer.11." not in name}
        torch.save({"model": state}, tmp_path / "cut.pth")
        with pytest.raises(UnavailableError, match="layers=11"):
            map_audio(tmp_path / "cut.pth")

    @pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
    @pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
    def test_what_is_no_weights_file(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnavailableError, match="cannot be read as weights"):
            map_text(tmp_path / name)

    def test_half_a_download(self, clamp3_files: Path, tmp_path: Path) -> None:
        whole = (clamp3_files / "clamp3.pth").read_bytes()
        (tmp_path / "half.pth").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(UnavailableError, match="cannot be read as weights"):
            map_text(tmp_path / "half.pth")

    def test_code_in_a_file_is_not_run(self, tmp_path: Path) -> None:
        torch.save({"model": CodeOnLoad(tmp_path / "was run")}, tmp_path / "code.pth")
        with pytest.raises(UnavailableError, match="cannot be read as weights"):
            map_text(tmp_path / "code.pth")
        assert not (tmp_path / "was run").exists()

    def test_mert_in_place_of_clamp3(self, clamp3_files: Path) -> None:
        with pytest.raises(UnavailableError, match="does not hold the text tower of CLaMP 3"):
            map_text(clamp3_files / "mert" / "pytorch_model.bin")

    def test_folder_without_mert(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match=r"holds no weights of MERT.*pytorch_model\.bin"):
            map_mert(tmp_path)

    def test_damaged_hash_of_a_converted_file(self, clamp3_files: Path, tmp_path: Path) -> None:
        shutil.copy(clamp3_files / "tokenizer.json", tmp_path / TEXT_FILE)
        with pytest.raises(UnavailableError, match="cannot be read"):
            source_sha256(tmp_path / TEXT_FILE)
