"""The stages of the process with the networks, on the CPU: what they find, whatever comes between the tracks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.workers.gpu_stages import NetworkStages
from indexer.workers.shared_audio import Handover, hand_over, handover_directory
from models.analysis import Analysis
from models.analyzer import Analyzer, build_analyzer
from models.passages import SAMPLE_RATE
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadAudioError
from polymuse.home import Home
from polymuse.music import MIX
from tests.helpers.audio_files import write_noise

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def analyzer(tiny_clamp3_home: Path) -> Analyzer:
    bank = tiny_clamp3_home / "bank.json"
    return build_analyzer(
        Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(("vocals", "instrumental")), 3600.0, bank)
    )


@pytest.fixture
def directory() -> Iterator[Path]:
    with handover_directory() as directory:
        yield directory


def through_stages(analyzer: Analyzer, handovers: list[Handover]) -> list[Analysis | BaseException]:
    with NetworkStages(analyzer, CPU) as stages:
        results = [stages.submit(handover) for handover in handovers]
        return [result.exception() or result.result() for result in results]


def test_tracks_that_share_batches_are_analysed_as_each_by_itself(
    analyzer: Analyzer, directory: Path, tmp_path: Path
) -> None:
    files = [write_noise(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate((6.5, 1.0, 1.2, 1.1, 1.2))]
    found = through_stages(analyzer, [hand_over(file, directory, None, 3600.0) for file in files])
    for file, analysis in zip(files, found, strict=True):
        expected = analyzer.analyze(file)
        assert isinstance(analysis, Analysis)
        assert analysis.vectors.keys() == expected.vectors.keys() == {MIX, "vocals", "instrumental"}
        for name, vector in expected.vectors.items():
            np.testing.assert_allclose(analysis.vectors[name], vector, atol=2e-5)
        assert [(part.start, part.end) for part in analysis.segments] == [(p.start, p.end) for p in expected.segments]
        assert [tag.slug for tag in analysis.tags] == [tag.slug for tag in expected.tags]
        assert analysis.busy.keys() == {"decode", "separate", "embed", "tag"}


def test_a_track_that_fails_costs_itself(analyzer: Analyzer, directory: Path, tmp_path: Path) -> None:
    files = [write_noise(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate((1.1, 0.5, 1.0))]
    handovers = [hand_over(file, directory, None, 3600.0) for file in files]
    handovers.append(hand_over(files[0], directory, None, 3600.0))
    handovers[-1].discard()
    fine, short, also_fine, vanished = through_stages(analyzer, handovers)
    assert isinstance(fine, Analysis)
    assert isinstance(also_fine, Analysis)
    assert isinstance(short, BadAudioError)
    assert "1.wav" in short.message
    assert isinstance(vanished, FileNotFoundError)


def test_stems_are_kept_where_that_is_asked_for(analyzer: Analyzer, directory: Path, tmp_path: Path) -> None:
    kept, not_kept = write_noise(tmp_path / "kept.wav", 1.0, 1), write_noise(tmp_path / "not.wav", 1.0, 2)
    handovers = [hand_over(kept, directory, tmp_path / "stems", 3600.0), hand_over(not_kept, directory, None, 3600.0)]
    assert all(isinstance(result, Analysis) for result in through_stages(analyzer, handovers))
    assert {file.name for file in (tmp_path / "stems").rglob("*.wav")} == {"vocals.wav", "instrumental.wav"}


class TestHandover:
    def test_the_samples_come_back(self, directory: Path, tmp_path: Path) -> None:
        handover = hand_over(write_noise(tmp_path / "a.wav", 1.0, 5), directory, None, 0.25)
        opened = handover.open()
        assert opened.seconds == 0.25
        assert opened.capped
        expected = np.random.default_rng(5).normal(0, 0.1, (2, SAMPLE_RATE)).astype(np.float32)[:, : SAMPLE_RATE // 4]
        np.testing.assert_array_equal(opened.samples, expected)
        handover.discard()
        assert not list(directory.iterdir())

    def test_what_a_killed_process_left_is_swept(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("indexer.workers.shared_audio.IN_MEMORY", tmp_path)
        monkeypatch.setattr("indexer.workers.shared_audio.ROOM", 0)
        left, ours = (
            tmp_path / "polymuse-audio-4194305-x",
            tmp_path / "polymuse-audio-1-x",
        )  # beyond Linux's last number
        left.mkdir()
        ours.mkdir()
        with handover_directory() as directory:
            assert directory.parent == tmp_path
            assert not left.exists()
            assert ours.exists()
        assert not directory.exists()
