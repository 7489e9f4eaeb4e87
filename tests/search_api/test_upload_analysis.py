"""The analysis of an upload, without the worker process."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from models.audio.write import write_wav
from models.profiles import load_embedder
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.home import Home
from polymuse.settings import load_settings
from search_api.upload_analysis import AnalysedUpload, analyze_upload
from search_api.uploads import UploadAnalyzer
from tests.helpers.audio_files import sweep


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(4.0, 44_100), 44_100)
    return path


def analysed(home: Path, path: Path, *stems: str, max_seconds: float = 60.0) -> AnalysedUpload:
    return analyze_upload(Recipe(Home(home), "starter", SeparationSpec(), max_seconds), path, stems)


def test_the_vector_of_the_mix_is_that_of_the_embedder(polymuse_home: Path, song: Path) -> None:
    import torch

    from models.audio.decode import decode

    upload = analysed(polymuse_home, song)
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    [expected] = embedder.embed_audio([torch.from_numpy(decode(song).samples)], 44_100)
    assert list(upload.vectors) == ["mix"]
    np.testing.assert_allclose(upload.vectors["mix"], expected.vector, atol=1e-6)
    assert (upload.seconds, upload.capped) == (pytest.approx(4.0), False)


def test_only_the_first_seconds_are_analysed(polymuse_home: Path, song: Path) -> None:
    upload = analysed(polymuse_home, song, max_seconds=2)
    assert (upload.seconds, upload.capped) == (pytest.approx(2.0), True)


def test_requested_stems_are_separated(polymuse_home: Path, song: Path) -> None:
    upload = analysed(polymuse_home, song, "instrumental")
    assert set(upload.vectors) == {"mix", "instrumental"}
    assert all(np.linalg.norm(vector) == pytest.approx(1, abs=1e-5) for vector in upload.vectors.values())
    assert not np.array_equal(upload.vectors["mix"], upload.vectors["instrumental"])


def test_without_a_separator_only_the_mix_is_embedded(polymuse_home: Path, song: Path) -> None:
    for weights in (polymuse_home / "models" / "starter").glob("spleeter*"):
        weights.unlink()
    assert set(analysed(polymuse_home, song, "instrumental").vectors) == {"mix"}


def test_it_runs_on_the_configured_device(polymuse_home: Path, song: Path) -> None:
    with closing(UploadAnalyzer.of(load_settings(device="cuda:99"), "starter")) as analyzer:
        recipe = analyzer.recipe
    for stems in ((), ("vocals",)):
        with pytest.raises(UnavailableError, match="no device 'cuda:99'"):
            analyze_upload(recipe, song, stems)


def test_a_silent_stem_is_rejected(polymuse_home: Path, song: Path) -> None:
    """A peak of 0.4 / 10 ** 4 is 88 dB below full scale."""
    write_wav(song, sweep(4.0, 44_100) / np.float32(1e4), 44_100)
    with pytest.raises(BadAudioError, match="its vocals is silent") as caught:
        analysed(polymuse_home, song, "vocals")
    assert str(song) not in caught.value.message
