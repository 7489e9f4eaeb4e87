"""A library as commands use it: references to tracks and files, and where it lies."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.query import Audio, Query, Seed, Text
from catalog.track import Entry, FileRef, Track
from cli.session import Library, open_library
from indexer.identity import track_id
from polymuse.errors import NotFoundError
from polymuse.music import MIX
from tests.cli.conftest import WORDS, fill_with_words
from tests.helpers.ids import id_of
from tests.helpers.tones import write_tone


@pytest.fixture(scope="module")
def opened(make_library: Callable[[], Library]) -> Library:
    library = make_library()
    fill_with_words(library)
    return library


def test_a_reference_is_an_id_or_a_path(opened: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    for reference in (id_of(1), "/music/techno.ogg", "music/techno.ogg"):
        track = opened.find(reference)
        assert track is not None, reference
        assert track.title == "Techno"
    assert opened.find(id_of(7)) is None
    assert opened.find("/music/gone.ogg") is None


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_every_path_to_a_file_and_every_copy_of_it_is_its_track(
    make_library: Callable[[], Library], tmp_path: Path
) -> None:
    library = make_library()
    file = write_tone(tmp_path / "music" / "low.wav", 110, seconds=1.0)
    track = Track(track_id(file), (FileRef(str(file), 1, 1),), "Low", 1.0, "pcm_s16le")
    vector = library.embedder.embed_text(WORDS)[0]
    library.catalog.upsert([Entry(track, {MIX: vector})])
    (tmp_path / "link").symlink_to(tmp_path / "music")
    copy = tmp_path / "copy.wav"
    copy.write_bytes(file.read_bytes())
    for path in (tmp_path / "music" / "x" / ".." / "low.wav", tmp_path / "link" / "low.wav", copy):
        found = library.find(str(path))
        assert found is not None, path
        assert found.title == "Low"


def test_a_track_of_the_library_is_a_seed(opened: Library) -> None:
    assert opened.seed("/music/techno.ogg") == Seed(id_of(1))
    assert opened.seed(id_of(1), "vocals") == Seed(id_of(1), stem="vocals")


def test_the_vectors_of_a_track_are_the_stored_ones(opened: Library) -> None:
    _, techno, choir = opened.embedder.embed_text(WORDS)
    np.testing.assert_allclose(opened.vector("/music/techno.ogg", MIX), techno, atol=1e-6)
    np.testing.assert_allclose(opened.vector(id_of(1), "vocals"), choir, atol=1e-6)
    with pytest.raises(NotFoundError, match="'drums'") as caught:
        opened.vector(id_of(1), "drums")
    assert "mix, vocals" in caught.value.advice


def test_a_file_from_anywhere_is_analysed_and_not_stored(opened: Library, tmp_path: Path) -> None:
    file = str(write_tone(tmp_path / "low.wav", 110, seconds=3.0))
    seed = opened.seed(file)
    assert isinstance(seed, Audio)
    assert {MIX, "instrumental"} <= seed.vectors.keys()
    alone = opened.seed(file, "instrumental")
    assert isinstance(alone, Audio)
    assert alone.vectors.keys() == {MIX}  # in the place of the mix: compared with all stems that a query asks for
    np.testing.assert_array_equal(alone.vectors[MIX], seed.vectors["instrumental"])
    assert opened.catalog.count() == 3


def test_a_file_that_is_not_there_is_named(opened: Library, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.wav"):
        opened.seed(str(tmp_path / "gone.wav"))


def test_texts_are_embedded_with_the_model_of_the_library(opened: Library) -> None:
    [best, *_] = opened.search(Query(texts=(Text("choir"),)))
    assert (best.track.title, round(best.score, 3)) == ("Choir", 1.0)


def test_a_separate_library_has_a_store_of_its_own_and_leaves_it_free(folder: Path, starter_weights: Path) -> None:
    (folder / "models").symlink_to(starter_weights.parent)
    with open_library(create=True, home=folder, profile="starter", library="jazz") as library:
        assert library.recipe.home.models == folder / "models"  # the weights are those of all libraries
        [store] = (folder / "libraries" / "jazz" / "store").iterdir()
        assert (store / "owner.json").exists()
    assert not (store / "owner.json").exists()
    assert not (folder / "store").exists()


def test_a_process_that_is_attached_indexes_in_the_background(make_library: Callable[[], Library]) -> None:
    owner = make_library()
    assert not owner.target.background
    attached = Library(owner.settings)
    try:
        assert attached.target.background
    finally:
        attached.catalog.close()
