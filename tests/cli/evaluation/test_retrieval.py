"""Ranks of labelled texts in a library whose vectors are those of the texts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.track import Entry, FileRef, Track
from cli.evaluation.query_file import LabelledText
from cli.evaluation.retrieval import rank_queries
from cli.session import Library
from tests.helpers.ids import id_of
from tests.helpers.signals import unit

MUSIC = Path("/music")


@pytest.fixture(scope="module")
def library(make_library: Callable[[], Library]) -> Library:
    """The cosines of its tracks 1, 2 and 3 with "piano" are 1, 0.8 and 0.6."""
    library = make_library()
    piano, techno = library.embedder.embed_text(["piano", "techno"])
    other = unit(techno - (techno @ piano) * piano)
    library.catalog.upsert([entry(1, piano), entry(2, 0.8 * piano + 0.6 * other), entry(3, 0.6 * piano + 0.8 * other)])
    return library


def entry(number: int, mix: np.ndarray) -> Entry:
    track = Track(id_of(number), (FileRef(f"/music/{number}.ogg", 1, 1),), str(number), 1.0, "vorbis")
    return Entry(track, {"mix": mix})


def piano(*relevant: str, language: str = "en") -> LabelledText:
    return LabelledText(text="piano", language=language, relevant=relevant)


def test_the_best_of_the_relevant_tracks_counts_among_all(library: Library) -> None:
    queries = [
        piano(id_of(1)),
        piano(id_of(3), language="de"),
        piano(id_of(3), id_of(2)),
        piano("3.ogg", "gone.ogg"),  # relative to the folder
        piano("gone.ogg", id_of(77)),
        piano("/music/2.ogg"),
    ]
    ranked, left_out = rank_queries(library, queries, MUSIC)
    assert ranked == [("en", 1), ("de", 3), ("en", 2), ("en", 3), ("en", 2)]
    assert left_out == [queries[4]]


def test_batches_and_pages_keep_the_order(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.evaluation.retrieval.BATCH", 2)
    monkeypatch.setattr("cli.evaluation.retrieval.MAX_PAGE", 2)
    queries = [piano(id_of(number)) for number in (3, 1, 2)]
    assert rank_queries(library, queries, MUSIC) == ([("en", 3), ("en", 1), ("en", 2)], [])


def test_an_empty_library_answers_nothing(make_library: Callable[[], Library]) -> None:
    query = piano(id_of(1))
    assert rank_queries(make_library(), [query], MUSIC) == ([], [query])
