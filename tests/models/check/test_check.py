"""The official check on seeded weights: all within limits, and each sabotage named."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.seeded_clamp3 import save_mert
from models.check.check import Clips, check, circumstances, require_something
from models.check.row import Row, Verdict
from models.clamp3.checkpoint import SOURCE_KEY, TEXT_FILE
from models.importing import import_weights
from models.profiles import prepare
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError
from tests.helpers.signals import noise

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
WORD = "text_model.embeddings.word_embeddings.weight"


def rows_of(store: WeightStore, clip: Tensor) -> list[Row]:
    fresh = WeightStore(store.root)  # knows of no earlier verification
    return list(check(fresh, Clips({"tone.wav": clip}), CPU, seconds=1.2))


def failures(store: WeightStore, clip: Tensor) -> dict[str, str]:
    """{part: note} of what fails."""
    return {row.part: row.note for row in rows_of(store, clip) if row.fails}


def only_clamp3(store: WeightStore) -> None:
    shutil.rmtree(store.root / "bs_roformer")


def only_separators(store: WeightStore) -> None:
    shutil.rmtree(store.root / "clamp3")


def flip_a_bit(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.fixture(scope="module")
def rows(intact: Path, clip: Tensor) -> list[Row]:
    return rows_of(WeightStore(intact), clip)


class TestIntact:
    def test_every_part_is_within_its_limit(self, rows: list[Row]) -> None:
        assert [row for row in rows if row.fails] == []
        compared = {row.part for row in rows if row.precision == "float32" and row.difference is not None}
        vocals, four = "bs_roformer_vocals: ", "bs_roformer_4stems: "
        assert compared == {
            *("text tower", "resampling", "MERT", "audio tower", "symbolic tower"),
            *("text, whole path", "audio, whole path"),
            *(f"{vocals}vocals", f"{vocals}instrumental"),
            *(f"{four}{stem}" for stem in ("drums", "bass", "other", "vocals")),
        }
        assert {row.part: row.verdict for row in rows if row.part in ("tokenizer", "conversion")} == {
            "tokenizer": Verdict.OK,
            "conversion": Verdict.OK,
        }

    def test_quick_excerpts_are_measured_on_long_clips_only(
        self, rows: list[Row], intact: Path, tmp_path: Path
    ) -> None:
        assert "clamp3: quick excerpts" not in {row.part for row in rows}
        shutil.copytree(intact, tmp_path / "models")
        store = WeightStore(tmp_path / "models")
        only_clamp3(store)
        song = noise(2, 70 * 44_100) * torch.linspace(0.01, 0.3, 70 * 44_100)
        [row] = [row for row in check(store, Clips({"song.wav": song}), CPU, seconds=70) if "quick" in row.part]
        assert row.verdict is Verdict.OK
        assert row.cosine is not None
        assert 0.5 < row.cosine < 0.99999
        assert "of 1 tracks; no limit" in row.note

    def test_float32_is_equal_up_to_rounding(self, rows: list[Row]) -> None:
        exact = [row for row in rows if row.precision == "float32" and row.difference is not None]
        assert all(row.difference is not None and row.difference < 2e-5 for row in exact)
        assert all(row.limit and row.our_seconds is not None for row in exact)

    def test_imported_files_are_not_vouched_for(self, rows: list[Row]) -> None:
        unverified = [row.part for row in rows if row.verdict is Verdict.UNVERIFIED]
        assert unverified[:2] == ["clamp3_saas: file", "mert_v1_95m: file"]

    def test_a_tiny_vocabulary_is_not_xlm_rs(self, rows: list[Row]) -> None:
        [row] = [row for row in rows if row.part == "tokenizer, published ids"]
        assert (row.verdict, row.note) == (Verdict.NOT_COMPARED, "39 pieces: not the vocabulary of XLM-R")


class TestChangedFile:
    def test_one_bit_of_a_checkpoint(self, store: WeightStore, clip: Tensor) -> None:
        only_clamp3(store)
        path = store.path("clamp3_saas")
        flip_a_bit(path, path.stat().st_size // 2)
        found = failures(store, clip)
        assert "its sha256 is not the recorded one" in found["clamp3_saas: file"]
        assert "clamp3_saas are damaged" in found["clamp3"]

    def test_one_tensor_of_the_converted_file(self, store: WeightStore, clip: Tensor) -> None:
        only_clamp3(store)
        self.change_converted(store, lambda tensors: tensors[WORD].mul_(1.001))
        found = failures(store, clip)
        assert found["conversion"] == f"{TEXT_FILE}: {WORD} is not the original's"
        assert found.keys() == {"conversion", "text tower", "text, whole path"}

    def test_a_conversion_of_another_checkpoint(self, store: WeightStore, clip: Tensor, tmp_path: Path) -> None:
        """The conversion of the former MERT in the place of that of the present one."""
        only_clamp3(store)
        [former] = store.path("clamp3_saas").parent.glob("converted-*")
        kept = shutil.copytree(former, tmp_path / "kept")
        save_mert(tmp_path / "other", legacy=False)  # the same values under newer names: only the hash tells
        import_weights(store, {"mert_v1_95m": [tmp_path / "other"]})
        prepare(store)
        [converted] = store.path("clamp3_saas").parent.glob("converted-*")
        shutil.rmtree(converted)
        kept.rename(converted)
        assert failures(store, clip) == {"conversion": "mert.safetensors was made from another file"}

    def change_converted(self, store: WeightStore, change) -> None:
        [path] = store.path("clamp3_saas").parent.glob(f"converted-*/{TEXT_FILE}")
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, {SOURCE_KEY: store.sha256s("clamp3_saas")[0]})


class TestWrongTokenizer:
    def test_in_the_place_of_the_recorded_one(self, store: WeightStore, clip: Tensor) -> None:
        only_clamp3(store)
        path = store.path("xlm_roberta_tokenizer")
        path.write_text(path.read_text().replace("piano", "organ"))
        assert failures(store, clip).keys() >= {"xlm_roberta_tokenizer: file", "clamp3"}

    def test_of_another_model(self, store: WeightStore, clip: Tensor, tmp_path: Path) -> None:
        """It puts other tokens around a text, as those of BERT do."""
        only_clamp3(store)
        description = json.loads(store.path("xlm_roberta_tokenizer").read_text())
        single = description["post_processor"]["single"]
        single[0], single[2] = single[2], single[0]
        (tmp_path / "tokenizer.json").write_text(json.dumps(description))
        import_weights(store, {"xlm_roberta_tokenizer": [tmp_path / "tokenizer.json"]})
        found = failures(store, clip)
        assert found["tokenizer"].startswith("other ids for ")
        assert "text, whole path" in found
        assert "text tower" not in found


class TestTruncated:
    def test_a_checkpoint(self, store: WeightStore, clip: Tensor) -> None:
        only_separators(store)
        path = store.path("bs_roformer_vocals")
        size = path.stat().st_size
        path.write_bytes(path.read_bytes()[: size // 2])
        found = failures(store, clip)
        assert found["bs_roformer_vocals: file"] == f"{path.name} is cut off: it has {size // 2} of {size} bytes"
        assert found.keys() == {"bs_roformer_vocals: file", "bs_roformer_vocals"}

    def test_a_converted_file(self, store: WeightStore, clip: Tensor) -> None:
        only_clamp3(store)
        [path] = store.path("clamp3_saas").parent.glob("converted-*/mert.safetensors")
        path.write_bytes(path.read_bytes()[:-1000])
        found = failures(store, clip)
        assert found.keys() >= {"conversion", "MERT", "audio, whole path"}
        assert "cannot be read as weights" in found["MERT"]
        assert "text tower" not in found


class TestSwappedStems:
    def test_in_the_configuration(self, store: WeightStore, clip: Tensor) -> None:
        """Both implementations read the names there, so only the hash tells."""
        only_separators(store)
        path = store.paths("bs_roformer_4stems")[1]
        path.write_text(path.read_text().replace("Drums", "X").replace("Bass", "Drums").replace("X", "Bass"))
        assert failures(store, clip).keys() == {"bs_roformer_4stems: file", "bs_roformer_4stems"}


class TestNothingToCompare:
    def test_no_weights(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match="neither CLaMP 3 nor a BS-RoFormer is installed"):
            require_something(WeightStore(tmp_path))

    def test_weights_that_are_not_installed_are_a_row(self, store: WeightStore, clip: Tensor) -> None:
        (store.root / "bs_roformer" / "vocals").rename(store.root / "elsewhere")
        (store.root / "clamp3" / "mert").rename(store.root / "mert")
        rows = rows_of(store, clip)
        missing = [row.part for row in rows if row.verdict is Verdict.NOT_INSTALLED]
        assert missing == ["mert_v1_95m: file", "bs_roformer_vocals: file"]
        assert not any(row.fails for row in rows)


def test_circumstances_name_files_without_folders(store: WeightStore, clip: Tensor) -> None:
    told = circumstances(store, Clips({"tone.wav": clip}), CPU)
    assert told["audio"] == ["tone.wav"]
    assert told["versions"]["transformers"]
    hashes = told["weights"]["bs_roformer_vocals"]
    assert list(hashes.values()) == list(store.sha256s("bs_roformer_vocals"))
    assert str(store.root) not in json.dumps(told)
