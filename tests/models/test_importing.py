"""Files that the user has fetched, in the place of a download."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from models.importing import import_weights
from models.profiles import load_embedder, resolve_profile
from models.weights.manifest import BS_ROFORMER_VOCALS, MANIFEST, XLM_ROBERTA_TOKENIZER, Download
from models.weights.store import State, WeightStore
from polymuse.errors import UserError
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.pictures import BLIP_TINY


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "models")


@pytest.fixture
def files(clamp3_files: Path) -> dict[str, list[Path]]:
    return {
        "clamp3_saas": [clamp3_files / "clamp3.pth"],
        "mert_v1_95m": [clamp3_files / "mert"],
        "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
    }


def test_brings_a_profile_without_network(
    files: dict[str, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    store = WeightStore(tmp_path / "models")
    taken = import_weights(store, files)
    assert [file.name for file, _ in taken] == ["clamp3.pth", "pytorch_model.bin", "tokenizer.json"]
    assert all("NOT the published file" in report for _, report in taken)
    assert resolve_profile("auto", store) == "clamp3"
    assert load_embedder("auto", store).embed_text(["sad piano"]).shape == (1, 128)
    assert all(status.state is State.PRESENT for status in store.verify("mert_v1_95m"))


def test_links(store: WeightStore, files: dict[str, list[Path]]) -> None:
    import_weights(store, files, link=True)
    assert store.path("clamp3_saas").readlink() == files["clamp3_saas"][0]
    assert load_embedder("clamp3", store).dim == 128


def test_a_file_that_is_already_in_place(store: WeightStore, files: dict[str, list[Path]]) -> None:
    import_weights(store, files)
    content = store.path("clamp3_saas").read_bytes()
    import_weights(store, {"clamp3_saas": [store.path("clamp3_saas")]})
    assert store.path("clamp3_saas").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "wrong", "cause"),
    [
        ("clamp3_saas", "mert/pytorch_model.bin", "does not hold the text tower of CLaMP 3"),
        ("mert_v1_95m", "clamp3.pth", "does not hold MERT"),
        ("clamp3_saas", "tokenizer.json", "cannot be read as weights"),
        ("xlm_roberta_tokenizer", "clamp3.pth", "clamp3.pth"),
        ("clamp3_saas", "none.pth", "There is no file"),
        ("mert_v1_95m", ".", "There is no file"),
    ],
)
def test_wrong_files(store: WeightStore, clamp3_files: Path, name: str, wrong: str, cause: str) -> None:
    with pytest.raises(UserError) as caught:
        import_weights(store, {name: [clamp3_files / wrong]})
    assert cause in caught.value.message
    assert str(clamp3_files) in caught.value.message
    assert caught.value.advice
    assert not store.root.exists()


def test_nothing_is_taken_if_one_file_is_wrong(
    store: WeightStore, files: dict[str, list[Path]], clamp3_files: Path
) -> None:
    with pytest.raises(UserError, match="does not hold MERT"):
        import_weights(store, files | {"mert_v1_95m": [clamp3_files / "clamp3.pth"]})
    assert not store.root.exists()


def test_conversions_are_refused(store: WeightStore, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(UserError, match="Give the original"):
        import_weights(store, {"mert_v1_95m": [tmp_path / "model.safetensors"]})


def test_a_configuration_belongs_to_its_checkpoint(store: WeightStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="bs_roformer_vocals has 2 files, 1 given"):
        import_weights(store, {"bs_roformer_vocals": [tmp_path / "model.ckpt"]})


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_each_file_comes_with_what_its_hash_says(store: WeightStore, clamp3_files: Path) -> None:
    """For the checkpoint none is published, the configuration is another, and the tokenizer is made the published."""
    tokenizer = clamp3_files / "tokenizer.json"
    published = dataclasses.replace(XLM_ROBERTA_TOKENIZER, sha256=sha256(tokenizer))
    unknown = dataclasses.replace(BS_ROFORMER_VOCALS[0], sha256=None)
    sources = {
        "xlm_roberta_tokenizer": Download("clamp3", (published,)),
        "bs_roformer_vocals": Download("bs_roformer/vocals", (unknown, BS_ROFORMER_VOCALS[1])),
    }
    manifest = (dataclasses.replace(each, source=sources.get(each.name, each.source)) for each in MANIFEST)
    store = WeightStore(store.root, [*manifest])
    checkpoint, config = TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"
    official = "42e5635ceab7287b83d9591c9880966f0b61cff26a0a40a29d236bacb32e5f2c"
    taken = import_weights(store, {"xlm_roberta_tokenizer": [tokenizer], "bs_roformer_vocals": [checkpoint, config]})
    assert taken == [
        (tokenizer, "imported; it is the published file"),
        (checkpoint, f"imported; sha256 {sha256(checkpoint)}, none is published"),
        (config, f"imported; it is NOT the published file: sha256 {sha256(config)}, published {official}"),
    ]
    assert store.path("bs_roformer_vocals").read_bytes() == checkpoint.read_bytes()


def test_one_folder_may_hold_all_files(store: WeightStore, tmp_path: Path) -> None:
    taken = import_weights(store, {"blip_captioning_base": [BLIP_TINY]})
    assert [file.name for file, _ in taken] == [
        "pytorch_model.bin",
        "config.json",
        "preprocessor_config.json",
        "tokenizer.json",
    ]
    folder = store.path("blip_captioning_base").parent
    assert (folder / "config.json").read_bytes() == (BLIP_TINY / "config.json").read_bytes()
    with pytest.raises(UserError, match="There is no file"):
        import_weights(store, {"blip_captioning_base": [tmp_path]})
