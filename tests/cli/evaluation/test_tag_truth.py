"""Figures of tags, worked out by hand, and the tracks of a library that they are about."""

from collections.abc import Callable

import numpy as np
import pytest

from catalog.track import Entry, FileRef, Track
from cli.evaluation.tag_truth import auc, average_precision, confidences, evaluate
from cli.evaluation.tags_file import TaggedTrack
from cli.session import Library
from tests.helpers.ids import id_of


class TestFigures:
    def test_auc(self) -> None:
        # pairs: .9 above both, .5 above .2 and tied with .5: (2 + 1 + .5) / 4
        assert auc(np.array([0.9, 0.5]), np.array([0.5, 0.2])) == 0.875
        assert auc(np.array([0.1]), np.array([0.2])) == 0

    def test_average_precision(self) -> None:
        # at .9: 1 of 1; at .4: 2 of 3
        assert average_precision(np.array([0.9, 0.4]), np.array([0.6, 0.1])) == pytest.approx((1 + 2 / 3) / 2)
        # all tied: 2 of 4 at either
        assert average_precision(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.5

    def test_tags_that_few_tracks_have_are_left_out(self) -> None:
        labelled = [
            (TaggedTrack(track=f"{n}", right=frozenset({"calm"}), wrong=frozenset({"sad"})), {"calm": 0.9, "sad": 0.1})
            for n in range(4)
        ]
        assert evaluate(labelled).rows == {}
        labelled += [
            (TaggedTrack(track=f"{n}", right=frozenset({"sad"}), wrong=frozenset({"calm"})), {"calm": 0.3, "sad": 0.1})
            for n in range(5)
        ]
        rows = evaluate(labelled).rows
        assert rows["calm"] == (4, 5, 1.0, 1.0)
        assert rows["sad"] == (5, 4, 0.5, pytest.approx(5 / 9))
        assert rows["mean"] == (None, None, 0.75, pytest.approx((1 + 5 / 9) / 2))


def test_tracks_are_found_by_id_and_by_the_end_of_their_path(make_library: Callable[[], Library]) -> None:
    library = make_library()
    vectors = library.embedder.embed_text(["piano"] * 4)
    paths = ["/a/music/one.ogg", "/b/elsewhere/two.ogg", "/c/music/three.ogg", "/c/other-music/one.ogg"]
    library.catalog.upsert(
        Entry(Track(id_of(n), (FileRef(path, 1, 1),), str(n), 10.0, "vorbis"), {"mix": vector})
        for n, (path, vector) in enumerate(zip(paths, vectors, strict=True), start=1)
    )
    labels = [
        TaggedTrack(track="music/one.ogg"),
        TaggedTrack(track="music/two.ogg", id=id_of(2)),
        TaggedTrack(track="music/gone.ogg"),
    ]
    found = confidences(library, labels)
    assert sorted(track.track for track, _ in found) == ["music/one.ogg", "music/two.ogg"]
    assert all(of_tags["piano"] > of_tags["metal"] for _, of_tags in found)
