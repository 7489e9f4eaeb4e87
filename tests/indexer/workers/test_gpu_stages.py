"""The pipeline of the process with the networks, on the CPU: results of tracks in shared batches."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.workers.gpu_stages import NetworkStages
from indexer.workers.shared_audio import SharedAudio, audio_directory, decode_to_file
from models.analysis import Analysis
from models.analyzer import Analyzer, build_analyzer
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
    with audio_directory() as directory:
        yield directory


def through_stages(analyzer: Analyzer, shared: list[SharedAudio]) -> list[Analysis | BaseException]:
    with NetworkStages(analyzer, CPU) as stages:
        results = [stages.submit(audio) for audio in shared]
        return [result.exception() or result.result() for result in results]


@pytest.mark.slow
def test_results_in_shared_batches_are_those_of_single_tracks(
    analyzer: Analyzer, directory: Path, tmp_path: Path
) -> None:
    files = [write_noise(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate((6.5, 1.0, 1.2, 1.1, 1.2))]
    found = through_stages(analyzer, [decode_to_file(file, directory, None, 3600.0) for file in files])
    for file, analysis in zip(files, found, strict=True):
        expected = analyzer.analyze(file)
        assert isinstance(analysis, Analysis)
        assert analysis.vectors.keys() == expected.vectors.keys() == {MIX, "vocals", "instrumental"}
        for name, vector in expected.vectors.items():
            np.testing.assert_allclose(analysis.vectors[name], vector, atol=2e-5)
        assert [(part.start, part.end) for part in analysis.segments] == [(p.start, p.end) for p in expected.segments]
        assert analysis.measured is not None
        assert analysis.measured == expected.measured
        assert [tag.slug for tag in analysis.tags] == [tag.slug for tag in expected.tags]
        assert analysis.busy.keys() == {"decode", "separate", "embed", "measure", "tag"}


def test_a_failing_track_affects_no_other(analyzer: Analyzer, directory: Path, tmp_path: Path) -> None:
    files = [write_noise(tmp_path / f"{n}.wav", seconds, n) for n, seconds in enumerate((1.1, 0.5, 1.0))]
    shared = [decode_to_file(file, directory, None, 3600.0) for file in files]
    shared.append(decode_to_file(files[0], directory, None, 3600.0))
    shared[-1].discard()
    fine, short, also_fine, missing = through_stages(analyzer, shared)
    assert isinstance(fine, Analysis)
    assert isinstance(also_fine, Analysis)
    assert isinstance(short, BadAudioError)
    assert "1.wav" in short.message
    assert isinstance(missing, FileNotFoundError)


def test_stems_are_saved_if_requested(analyzer: Analyzer, directory: Path, tmp_path: Path) -> None:
    kept, not_kept = write_noise(tmp_path / "kept.wav", 1.0, 1), write_noise(tmp_path / "not.wav", 1.0, 2)
    shared = [
        decode_to_file(kept, directory, tmp_path / "stems", 3600.0),
        decode_to_file(not_kept, directory, None, 3600.0),
    ]
    assert all(isinstance(result, Analysis) for result in through_stages(analyzer, shared))
    assert {file.name for file in (tmp_path / "stems").rglob("*.wav")} == {"vocals.wav", "instrumental.wav"}
