"""Libraries that are nothing but names."""

import numpy as np
import pytest

from catalog.filters import parse_filter
from cli.evaluation.made_library import DIM, MadeLibrary, vector_of
from cli.evaluation.names_file import NamedTrack
from cli.evaluation.parsing_file import Name


def test_tracks_have_all_their_names() -> None:
    named = NamedTrack(title="卡农", artist="A", album="B", genres=("C", "D"), composers=("E",))
    [track] = MadeLibrary.of_tracks([named]).catalog.tracks()
    assert (track.title, track.artists, track.album) == ("卡农", ("A",), "B")
    assert (track.genres, track.composers) == (("C", "D"), ("E",))


@pytest.mark.parametrize("field", ["artist", "album", "genre", "composer", "title"])
def test_a_name_is_in_its_field_and_in_no_other(field: str) -> None:
    name = Name.model_validate({"field": field, "value": "Blue"})
    [track] = MadeLibrary.of_names([name]).catalog.tracks(parse_filter(f"{field}:Blue"))
    names = [track.title, *track.artists, track.album, *track.genres, *track.composers]
    assert [each for each in names if each] == ["Blue"]


def test_without_names_it_is_empty() -> None:
    assert MadeLibrary.of_names([]).catalog.count() == 0


def test_vectors_are_the_same_every_time_and_differ_between_texts() -> None:
    first, second = MadeLibrary.of_names([]).embed_text(["a", "b"])
    assert first.shape == (DIM,)
    assert np.linalg.norm(first) == pytest.approx(1)
    assert np.array_equal(first, vector_of("a"))
    assert abs(float(first @ second)) < 0.9


class TestSearch:
    LIBRARY = MadeLibrary.of_tracks(
        [
            NamedTrack(title="Odeon", artist="Ernesto Nazareth"),
            NamedTrack(title="Brejeiro", artist="Ernesto Nazareth"),
            NamedTrack(title="Halka", artist="Orkiestra Górska"),
        ]
    )

    def test_a_title_is_found_first(self) -> None:
        for track in self.LIBRARY.catalog.tracks():
            assert self.LIBRARY.search(track.title, 3)[0] == track

    def test_the_tracks_of_an_artist_are_found_before_others(self) -> None:
        assert {track.title for track in self.LIBRARY.search("ernesto nazareth", 2)} == {"Odeon", "Brejeiro"}

    def test_a_text_is_read_with_the_names_of_the_library(self) -> None:
        [part] = self.LIBRARY.understand("ernesto nazareth").parts
        assert (part.kind, part.field, part.value) == ("name", "artist", "Ernesto Nazareth")
        assert {part.kind for part in MadeLibrary.of_names([]).understand("ernesto nazareth").parts} == {"sound"}

    def test_a_text_that_is_refused_finds_nothing(self) -> None:
        assert self.LIBRARY.search("year:1999 -year:1999 x:", 0) == []
