"""What the worker process does with an upload, in this process."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from models.audio.write import write_wav
from models.profiles import load_embedder
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.settings import load_settings
from search_api.hearing import Recipe, hear
from search_api.uploads import Listener
from tests.helpers.audio_files import sweep


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(4.0, 44_100), 44_100)
    return path


def test_the_mix_is_heard_as_the_embedder_hears_it(polymuse_home: Path, song: Path) -> None:
    import torch

    from models.audio.decode import decode

    heard = hear(Recipe(polymuse_home, "starter", SeparationSpec(), max_seconds=60), song, ())
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    [expected] = embedder.embed_audio([torch.from_numpy(decode(song).samples)], 44_100)
    assert list(heard.vectors) == ["mix"]
    np.testing.assert_allclose(heard.vectors["mix"], expected.vector, atol=1e-6)
    assert (heard.seconds, heard.capped) == (pytest.approx(4.0), False)


def test_only_the_first_seconds_are_heard(polymuse_home: Path, song: Path) -> None:
    heard = hear(Recipe(polymuse_home, "starter", SeparationSpec(), max_seconds=2), song, ())
    assert (heard.seconds, heard.capped) == (pytest.approx(2.0), True)


def test_stems_are_separated_where_they_are_asked_for(polymuse_home: Path, song: Path) -> None:
    heard = hear(Recipe(polymuse_home, "starter", SeparationSpec(), max_seconds=60), song, ("instrumental",))
    assert set(heard.vectors) == {"mix", "instrumental"}
    assert all(np.linalg.norm(vector) == pytest.approx(1, abs=1e-5) for vector in heard.vectors.values())
    assert not np.array_equal(heard.vectors["mix"], heard.vectors["instrumental"])


def test_without_a_separator_there_is_the_mix(polymuse_home: Path, song: Path) -> None:
    for weights in (polymuse_home / "models" / "starter").glob("spleeter*"):
        weights.unlink()
    assert set(hear(Recipe(polymuse_home, "starter", SeparationSpec(), 60), song, ("instrumental",)).vectors) == {"mix"}


def test_it_hears_on_the_device_of_the_settings(polymuse_home: Path, song: Path) -> None:
    with closing(Listener.of(load_settings(device="cuda:99"), "starter")) as listener:
        recipe = listener.recipe
    for stems in ((), ("vocals",)):
        with pytest.raises(UnavailableError, match="no device 'cuda:99'"):
            hear(recipe, song, stems)


def test_a_silent_stem_is_like_nothing(polymuse_home: Path, song: Path) -> None:
    """A peak of 0.4 / 10 ** 4 is 88 dB below full scale."""
    write_wav(song, sweep(4.0, 44_100) / np.float32(1e4), 44_100)
    with pytest.raises(BadAudioError, match="its vocals is silent") as caught:
        hear(Recipe(polymuse_home, "starter", SeparationSpec(), 60), song, ("vocals",))
    assert str(song) not in caught.value.message
