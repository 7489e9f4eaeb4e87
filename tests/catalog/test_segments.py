"""Segments live and die with their track, over either engine."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry
from catalog.validation import InvalidEntryError
from polymuse.errors import NotFoundError
from polymuse.music import Segment
from tests.helpers.ids import id_of

MakeEntry = Callable[..., Entry]

AXES = np.eye(4, dtype=np.float32)
THREE = tuple(Segment(15.0 * n, 15.0 * n + 30, AXES[n]) for n in range(3))


def spans(segments: list[Segment]) -> list[tuple[float, float]]:
    return [(each.start, each.end) for each in segments]


class TestLife:
    def test_they_come_back_in_order(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, segments=THREE), entry(2)])
        stored = catalog.segments(id_of(1))
        assert spans(stored) == [(0, 30), (15, 45), (30, 60)]
        np.testing.assert_allclose([each.vector for each in stored], AXES[:3], atol=1e-6)
        assert stored[0].vector.dtype == np.float32
        assert catalog.segments(id_of(2)) == []
        assert catalog.stats().segments == 3

    def test_an_unknown_track(self, catalog: Catalog) -> None:
        with pytest.raises(NotFoundError):
            catalog.segments(id_of(1))

    def test_storing_again_with_fewer_leaves_no_rest(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, segments=THREE), entry(2, segments=THREE)])
        catalog.upsert([entry(1, segments=THREE[2:])])
        assert spans(catalog.segments(id_of(1))) == [(30, 60)]
        assert catalog.stats().segments == 4
        catalog.upsert([entry(1)])
        assert catalog.segments(id_of(1)) == []
        assert catalog.stats().segments == 3

    def test_update_leaves_them(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, segments=THREE)])
        catalog.update(entry(1, title="New").track)
        assert len(catalog.segments(id_of(1))) == 3

    def test_they_go_with_their_track(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, segments=THREE), entry(2, segments=THREE[:1]), entry(3, segments=THREE)])
        catalog.delete([id_of(1)])
        catalog.remove_path("/music/3.ogg")
        assert catalog.stats().segments == 1

    def test_a_file_with_new_content_takes_the_old_ones_along(self, catalog: Catalog, entry: MakeEntry) -> None:
        catalog.upsert([entry(1, segments=THREE)])
        catalog.upsert([entry(2, segments=THREE[:1], paths=("/music/1.ogg",))])
        assert catalog.stats().segments == 1


@pytest.mark.parametrize(
    ("segment", "complaint"),
    [
        (Segment(0.0, 30.0, AXES[0] * 2), "A segment of /music/1.ogg .*norm is 2"),
        (Segment(0.0, 30.0, np.ones(3, dtype=np.float32)), r"shape \[3\]"),
        (Segment(30.0, 30.0, AXES[0]), "from 30.0 to 30.0"),
        (Segment(-1.0, 30.0, AXES[0]), "from -1.0"),
        (Segment(0.0, float("nan"), AXES[0]), "to nan"),
        (Segment(0.0, float("inf"), AXES[0]), "to inf"),
    ],
)
def test_an_impossible_segment_is_refused(catalog: Catalog, entry: MakeEntry, segment: Segment, complaint: str) -> None:
    with pytest.raises(InvalidEntryError, match=complaint):
        catalog.upsert([entry(2), entry(1, segments=(THREE[0], segment))])
    assert catalog.count() == 0
    assert catalog.stats().segments == 0


class TestOnDisk:
    def test_they_are_there_again(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1, segments=THREE)])
        with Catalog.open(folder, space) as catalog:
            assert spans(catalog.segments(id_of(1))) == [(0, 30), (15, 45), (30, 60)]

    def test_a_store_from_before_there_were_segments(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1)])
        shutil.rmtree(folder / "tracks__test" / "segments")
        with Catalog.open(folder, space) as catalog:
            assert catalog.segments(id_of(1)) == []
            catalog.upsert([entry(1, segments=THREE)])
            assert len(catalog.segments(id_of(1))) == 3

    def test_lost_segments_leave_the_track(
        self, folder: Path, space: Space, entry: MakeEntry, caplog: pytest.LogCaptureFixture
    ) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1, segments=THREE)])
        shutil.rmtree(folder / "tracks__test" / "segments")
        with Catalog.open(folder, space) as catalog:
            assert catalog.segments(id_of(1)) == []
            assert catalog.count() == 1
        assert "the moments of 1 tracks" in caplog.text
