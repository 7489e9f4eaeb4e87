"""The choice of a separator by name, by files, or by default, and what its fingerprint says."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.profiles import PROFILES, check_device, check_overlap, choose_stems, embedder_device, load_separator
from models.separator import SeparationSpec
from models.separators import SEPARATORS, choose_separator, separator_names
from models.weights.store import WeightStore
from polymuse.errors import UserError
from tests.helpers.paths import ROOT, TINY_ROFORMER

SPLEETER = SeparationSpec(separator="spleeter")
VOCALS = TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"


def own(files: tuple[Path, Path]) -> SeparationSpec:
    return SeparationSpec(checkpoint=files[0], config=files[1])


class TestChoice:
    @pytest.mark.parametrize(("profile", "name"), [("clamp3", "bs_roformer"), ("starter", "spleeter")])
    def test_auto_is_that_of_the_profile(self, profile: str, name: str) -> None:
        assert PROFILES[profile].choose_separator(SeparationSpec()).name == name

    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("name", SEPARATORS)
    def test_every_profile_takes_every_one(self, profile: str, name: str) -> None:
        assert PROFILES[profile].choose_separator(SeparationSpec(separator=name)).name == name

    def test_none(self) -> None:
        assert choose_separator(SeparationSpec(separator="none"), "spleeter") is None
        with pytest.raises(UserError, match=r"There is no separator"):
            PROFILES["starter"].choose_separator(SeparationSpec(separator="none"))

    def test_unknown(self) -> None:
        allowed = "Separators: auto, bs_roformer, spleeter, bs_roformer_vocals, .*, none"
        with pytest.raises(UserError, match=rf"There is no separator 'demucs'.*{allowed}"):
            choose_separator(SeparationSpec(separator="demucs"), "spleeter")

    def test_a_checkpoint_needs_its_configuration(self) -> None:
        with pytest.raises(UserError, match=r"--config is missing"):
            choose_separator(SeparationSpec(checkpoint=VOCALS[0]), "spleeter")
        with pytest.raises(UserError, match=r"--checkpoint is missing"):
            choose_separator(SeparationSpec(config=VOCALS[1]), "spleeter")

    def test_a_name_goes_before_files(self) -> None:
        """The files may stand in config.yaml while a flag asks for another separator."""
        chosen = choose_separator(replace(own(VOCALS), separator="spleeter"), "bs_roformer")
        assert chosen is not None
        assert chosen.name == "spleeter"


class TestStems:
    def test_of_another_separator(self) -> None:
        assert choose_stems("clamp3", "auto", SPLEETER) == ("vocals", "instrumental")
        with pytest.raises(UserError, match=r"The separator spleeter has no stem 'drums'.*of vocals, instrumental"):
            choose_stems("clamp3", "drums", SPLEETER)

    def test_of_a_single_network(self) -> None:
        four = SeparationSpec(separator="bs_roformer_4stems")
        assert choose_stems("starter", "auto", four) == ("drums", "bass", "other", "vocals")
        assert choose_stems("starter", "vocals,bass", four) == ("bass", "vocals")

    def test_six_from_files(self, tiny_six: tuple[Path, Path]) -> None:
        assert choose_stems("clamp3", "auto", own(tiny_six)) == ("bass", "drums", "other", "vocals", "guitar", "piano")
        assert choose_stems("clamp3", "Piano, guitar", own(tiny_six)) == ("guitar", "piano")

    def test_none_has_none(self) -> None:
        nothing = SeparationSpec(separator="none")
        assert choose_stems("clamp3", "auto", nothing) == choose_stems("clamp3", "none", nothing) == ()
        with pytest.raises(UserError, match=r"no stems without a separator\. Stems: none; or choose a separator"):
            choose_stems("clamp3", "vocals", nothing)


def test_overlap_is_that_of_the_separator() -> None:
    assert check_overlap("starter", 4, SeparationSpec(separator="bs_roformer")) == 4
    assert check_overlap("clamp3", 4, SeparationSpec(separator="none")) == 4  # nobody separates
    with pytest.raises(UserError, match=r"The separator spleeter has a fixed overlap, 4 was requested") as caught:
        check_overlap("clamp3", 4, SPLEETER)
    assert re.search(r"use bs_roformer(, \w+)+ or \w+$", caught.value.advice)


def test_a_device_is_for_whoever_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    roformer = SeparationSpec(separator="bs_roformer", device="cuda")
    assert check_device("starter", "cuda", roformer) == "cuda"
    assert embedder_device("starter", roformer) == "auto"
    assert embedder_device("clamp3", roformer) == "cuda"
    assert embedder_device("starter", replace(SPLEETER, device="cuda")) == "cuda"  # which loading then refuses
    with pytest.raises(UserError, match=r"starter runs on the CPU only"):
        check_device("starter", "cuda", replace(SPLEETER, device="cuda"))


class TestFingerprints:
    """Stored in libraries: another value makes all stems outdated."""

    def test_of_the_defaults(self, separator_store: WeightStore) -> None:
        """The files behind them never change."""
        by_roformer = PROFILES["clamp3"].separator_fingerprint(separator_store, SeparationSpec())
        assert by_roformer == "45ef8fd06ef3b1bae419f4028a6ac3717c84fcb35335b552375e8c0e67f6f64e"
        by_spleeter = PROFILES["starter"].separator_fingerprint(separator_store, SeparationSpec())
        assert by_spleeter == "f7dfda53039a023d49f301b81dd2a5623d0e8ea970a9b84cbbd7e48d7ae022a9"

    def test_the_same_files_are_the_same_separator(self, separator_store: WeightStore) -> None:
        specs = SeparationSpec(), SeparationSpec(separator="bs_roformer_vocals"), own(VOCALS)
        prints = {PROFILES["clamp3"].separator_fingerprint(separator_store, spec) for spec in specs}
        assert len(prints) == 1

    def test_names(self, separator_store: WeightStore, tiny_six: tuple[Path, Path]) -> None:
        names = separator_names(separator_store, own(tiny_six))

        def name(spec: SeparationSpec) -> str:
            return names[PROFILES["clamp3"].separator_fingerprint(separator_store, spec)]

        assert name(SeparationSpec()) == "bs_roformer"
        assert name(SeparationSpec(("vocals", "bass"))) == "bs_roformer (4 stems)"
        assert name(SeparationSpec(overlap=4)) == "bs_roformer (overlap 4)"
        assert name(SPLEETER) == "spleeter"
        assert name(own(tiny_six)) == tiny_six[0].name

    def test_without_weights_there_are_no_names(self, tmp_path: Path) -> None:
        assert separator_names(WeightStore(tmp_path)) == {}

    def test_missing_files(self, separator_store: WeightStore, tmp_path: Path) -> None:
        spec = own((tmp_path / "none.ckpt", VOCALS[1]))
        with pytest.raises(UserError, match=r"Cannot read .*none\.ckpt: No such file"):
            PROFILES["starter"].separator_fingerprint(separator_store, spec)
        with pytest.raises(UserError, match=r"Cannot read .*none\.ckpt: "):
            load_separator("starter", separator_store, spec)


def test_another_sample_rate_is_refused(separator_store: WeightStore, tmp_path: Path) -> None:
    config = tmp_path / "odd.yaml"
    config.write_text(VOCALS[1].read_text().replace("sample_rate: 44100", "sample_rate: 48000"))
    with pytest.raises(UserError, match=r"odd\.yaml: the checkpoint is for 48000 Hz. Only .* 44100 Hz"):
        load_separator("clamp3", separator_store, own((VOCALS[0], config)))


def test_the_registry_imports_no_network() -> None:
    program = "import models.separators, sys; print(*({'torch', 'numpy', 'pydantic'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")
