"""CLaMP 3 out of its official files, in the smallest sizes."""

from pathlib import Path

import pytest

from models.clamp3.checkpoint import AUDIO_FILE, MERT_FILE, SYMBOLIC_FILE, TEXT_FILE
from models.importing import import_weights
from models.profiles.clamp3 import Clamp3Profile
from models.weights.store import Step, WeightStore
from polymuse.errors import UnavailableError
from tests.helpers.paths import GOLDEN

PROFILE = Clamp3Profile()
MELODY = GOLDEN / "clamp3_symbolic" / "midi" / "m01_melody.mid"


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
    assert {file.name for file in converted.iterdir()} == {TEXT_FILE, AUDIO_FILE, SYMBOLIC_FILE, MERT_FILE}
    before = {file: file.stat().st_mtime_ns for file in converted.iterdir()}
    PROFILE.prepare(store, steps.append)
    PROFILE.embedder(store, "cpu")
    assert {file: file.stat().st_mtime_ns for file in converted.iterdir()} == before
    assert [step.text for step in steps] == ["converting clamp3"]


def test_a_conversion_of_an_earlier_version_gets_the_symbolic_tower(store: WeightStore) -> None:
    first = PROFILE.embedder(store, "cpu")
    (converted,) = conversions(store)
    vector = first.embed_score(MELODY).vector
    (converted / SYMBOLIC_FILE).unlink()
    before = {file: file.stat().st_mtime_ns for file in converted.iterdir()}
    embedder = PROFILE.embedder(store, "cpu")
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert embedder.fingerprint == first.fingerprint  # the vectors of a library stay valid
    assert (embedder.embed_score(MELODY).vector == vector).all()


def test_without_room_for_the_symbolic_tower_all_but_scores_works(
    store: WeightStore, caplog: pytest.LogCaptureFixture
) -> None:
    PROFILE.prepare(store, lambda _: None)
    (converted,) = conversions(store)
    (converted / SYMBOLIC_FILE).unlink()
    (converted / f"{SYMBOLIC_FILE}.part").mkdir()  # nothing can be written there
    embedder = PROFILE.embedder(store, "cpu")
    assert "scores cannot be read" in caplog.text
    assert embedder.embed_text(["sad"]).shape == (1, embedder.dim)
    with pytest.raises(UnavailableError, match=r"There is no file .*symbolic.*models pull clamp3"):
        embedder.embed_score(MELODY)


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
