"""CLaMP 3 out of its official files, in the smallest sizes."""

from pathlib import Path

import pytest

from models.clamp3.checkpoint import AUDIO_FILE, MERT_FILE, TEXT_FILE
from models.importing import import_weights
from models.profiles.clamp3 import Clamp3Profile
from models.weights.store import Step, WeightStore
from polymuse.errors import UnavailableError

PROFILE = Clamp3Profile()


@pytest.fixture
def store(clamp3_files: Path, tmp_path: Path) -> WeightStore:
    store = WeightStore(tmp_path / "models")
    parts = {
        "clamp3_saas": [clamp3_files / "clamp3.pth"],
        "mert_v1_95m": [clamp3_files / "mert"],
        "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
    }
    import_weights(store, parts, link=True)
    return store


def conversions(store: WeightStore) -> list[Path]:
    return list((store.root / "clamp3").glob("converted*"))


def test_files_are_converted_once(store: WeightStore) -> None:
    steps: list[Step] = []
    PROFILE.prepare(store, steps.append)
    (converted,) = conversions(store)
    assert {file.name for file in converted.iterdir()} == {TEXT_FILE, AUDIO_FILE, MERT_FILE}
    before = {file: file.stat().st_mtime_ns for file in converted.iterdir()}
    PROFILE.prepare(store, steps.append)
    PROFILE.embedder(store, "cpu")
    assert {file: file.stat().st_mtime_ns for file in converted.iterdir()} == before
    assert [step.text for step in steps] == ["converting clamp3"]


def test_a_conversion_of_other_files_or_half_of_one_is_replaced(store: WeightStore) -> None:
    for name in ("converted-0123456789abcdef", "converted-unfinished.part"):
        (store.root / "clamp3" / name).mkdir()
    PROFILE.embedder(store, "cpu")
    (converted,) = conversions(store)
    assert (converted / TEXT_FILE).is_file()


def test_files_follow_the_permissions_of_the_checkpoint(store: WeightStore) -> None:
    mode = store.path("clamp3_saas").stat().st_mode
    PROFILE.prepare(store, lambda _: None)
    assert {file.stat().st_mode for file in conversions(store)[0].iterdir()} == {mode}


@pytest.mark.parametrize("name", ["clamp3_saas", "mert_v1_95m", "xlm_roberta_tokenizer"])
def test_missing_weights_are_named(store: WeightStore, name: str) -> None:
    store.path(name).unlink()
    with pytest.raises(UnavailableError, match=f"{name} are missing"):
        PROFILE.embedder(store, "cpu")
