"""The quick check: once for every set of weights, without an error, and honest about what it saw."""

import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from models.check.first_use import RECORD, check_new
from models.clamp3.checkpoint import AUDIO_FILE, SOURCE_KEY
from models.profiles import CACHE
from models.weights.store import WeightStore


def test_once_for_every_set(store: WeightStore) -> None:
    lines = list(check_new(store))
    assert [line.partition(" in ")[0] for line in lines] == [
        "clamp3: quick check",
        "bs_roformer_vocals: quick check",
        "bs_roformer_4stems: quick check",
    ]
    assert all("equal to the published implementation, largest difference" in line for line in lines)
    assert list(check_new(store)) == []
    (store.root / CACHE / RECORD).write_text("damaged")
    assert len(list(check_new(store))) == 3


def test_new_weights_are_checked_alone(store: WeightStore, tiny_four: tuple[Path, Path]) -> None:
    list(check_new(store))
    store.import_files("bs_roformer_4stems_ft", tiny_four)
    [line] = check_new(store)
    assert line.startswith("bs_roformer_4stems_ft: quick check in ")


def test_a_failure_is_loud_and_comes_back(store: WeightStore) -> None:
    [path] = store.path("clamp3_saas").parent.glob(f"converted-*/{AUDIO_FILE}")
    tensors = load_file(path)
    tensors["audio_proj.bias"] += 0.1
    save_file(tensors, path, {SOURCE_KEY: store.sha256s("clamp3_saas")[0]})
    for _ in range(2):
        line = next(check_new(store))
        assert line.startswith("clamp3: THE QUICK CHECK FAILED after ")
        assert f"conversion: {AUDIO_FILE}: audio_proj.bias is not the original's; audio tower" in line
        assert line.endswith("run `polymuse models check`")


def test_a_slow_machine_does_what_it_can_in_the_time(store: WeightStore) -> None:
    first, *_ = check_new(store, budget=0)
    assert first.startswith("clamp3: quick check in ")
    assert "nothing differs so far; the time was up before conversion, tokenizer, text tower, " in first
    assert first.endswith("audio, whole path: run `polymuse models check`")
    assert list(check_new(store)) == []


def test_without_the_library(store: WeightStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    line = next(check_new(store))
    assert "conversion and tokenizer are right; for the networks run `polymuse models check` with the extra" in line


def test_nothing_to_check(tmp_path: Path) -> None:
    assert list(check_new(WeightStore(tmp_path))) == []
    assert not list(tmp_path.iterdir())
