"""`polymuse retag` and `polymuse calibrate`: on hand-made vectors in memory, then as a user runs them."""

import json
import math
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from indexer import retagging
from models.tagging.tagger import MIN_TRACKS, Calibration, Descriptor, Statistics, Tagger, Voice
from polymuse.errors import NotFoundError, UserError
from polymuse.music import StemInfo, Tag
from tests.helpers.ids import id_of

RATE = 44_100  # Hz

Run = Callable[..., "subprocess.CompletedProcess[str]"]

X, Y = np.eye(3, dtype=np.float32)[:2]
BRIGHT = Descriptor("bright", "texture", ("bright",))
DARK = Descriptor("dark", "mood", ("dark",))
SUNG = Descriptor("vocals", "texture", ("vocals",), stems=("vocals",), voice=Voice.PRESENT)
FLAT = Statistics(100, {"mix": {"bright": (0.0, 1.0), "dark": (0.0, 1.0), "vocals": (0.0, 1.0)}})
TAGGER = Tagger(
    [BRIGHT, DARK, SUNG],
    np.stack([X, Y, np.array([0, 0, 1], np.float32)]),
    Calibration({"texture": (10.0, -5.0), "mood": (10.0, -5.0)}, FLAT, baseline="shipped"),
)


def at(angle: float) -> np.ndarray:
    return np.array([math.cos(angle), math.sin(angle), 0], np.float32)


def entry(number: int, vector: np.ndarray, artist: str = "", **track: object) -> Entry:
    file = FileRef(f"/music/{number}.flac", 1, 1)
    id_ = id_of(number + 1)
    return Entry(Track(id_, (file,), f"No. {number}", 10.0, "flac", artist, **track), {"mix": vector})  # type: ignore[arg-type]


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    with Catalog.in_memory(Space("axes", 3, "0", "axes")) as catalog:
        yield catalog


def run(catalog: Catalog, where: str = "", tagger: Tagger = TAGGER) -> list[retagging.Change]:
    cosines = retagging.library_cosines(catalog, tagger, lambda _: None)
    found = retagging.retag(catalog, tagger, cosines, parse_filter(where))
    return [change for page in found for change in page]


class TestRetag:
    def test_tags_follow_from_the_stored_vector(self, catalog: Catalog) -> None:
        """At 0 degrees bright has cosine 1: logistic(10 - 5) = .993; dark has 0."""
        catalog.upsert([entry(0, at(0), tags=(Tag("dark", "mood", 0.9),))])
        [change] = run(catalog)
        assert change.tags_differ
        assert change.track.tags == (Tag("bright", "texture", 0.993),)
        assert change.before == (Tag("dark", "mood", 0.9),)

    def test_only_changed_tags_are_written(self, catalog: Catalog) -> None:
        catalog.upsert([entry(0, at(0)), entry(1, at(0), tags=(Tag("bright", "texture", 0.993),))])
        assert retagging.store(catalog, run(catalog)) == 1
        assert retagging.store(catalog, run(catalog)) == 0
        assert [track.tags for track in catalog.scroll().tracks] == [(Tag("bright", "texture", 0.993),)] * 2

    def test_the_rest_of_the_track_is_unchanged(self, catalog: Catalog) -> None:
        one = entry(0, at(0), "Bach", year=1720, stems={"vocals": StemInfo(-70.0, present=False)})
        catalog.upsert([one])
        retagging.store(catalog, run(catalog))
        [track] = catalog.scroll().tracks
        assert (track.artist, track.year, track.files) == ("Bach", 1720, one.track.files)
        assert np.allclose(catalog.vectors([track.id])[track.id]["mix"], X)

    def test_a_filter_selects_the_tracks_but_not_the_baseline(self, catalog: Catalog) -> None:
        catalog.upsert([entry(number, at(number / 30), "Bach" if number < 2 else "") for number in range(60)])
        assert {change.track.artist for change in run(catalog, "artist:bach")} == {"Bach"}
        cosines = retagging.library_cosines(catalog, TAGGER, lambda _: None)
        statistics = cosines.statistics(TAGGER)
        assert statistics is not None
        assert statistics.tracks == 60

    def test_pages_cover_a_library_of_any_size(self, catalog: Catalog) -> None:
        catalog.upsert([entry(number, at(0)) for number in range(2 * retagging.PAGE + 1)])
        steps: list[int] = []
        retagging.library_cosines(catalog, TAGGER, steps.append)
        assert steps == [retagging.PAGE, retagging.PAGE, 1]
        assert len(run(catalog)) == 2 * retagging.PAGE + 1

    def test_an_empty_library(self, catalog: Catalog) -> None:
        assert retagging.library_cosines(catalog, TAGGER, lambda _: None).statistics(TAGGER) is None
        assert run(catalog) == []


class TestLibraryStatistics:
    def test_are_measured_from_fifty_tracks_on(self, catalog: Catalog) -> None:
        """Half of the tracks at 0 degrees and half at 90: cosines 1 and 0, so .5 and .5 for both descriptors."""
        catalog.upsert([entry(number, X if number % 2 else Y) for number in range(MIN_TRACKS - 1)])
        assert retagging.library_cosines(catalog, TAGGER, lambda _: None).statistics(TAGGER) is None
        catalog.upsert([entry(MIN_TRACKS - 1, X)])
        statistics = retagging.library_cosines(catalog, TAGGER, lambda _: None).statistics(TAGGER)
        assert statistics is not None
        assert statistics.cosines["mix"]["bright"] == pytest.approx((0.5, 0.5))
        assert statistics.cosines["mix"]["dark"] == pytest.approx((0.5, 0.5))


class TestLevels:
    def test_silent_vocals_lower_the_score_of_singing(self, catalog: Catalog) -> None:
        """The vocals are 50 dB below the mix: -4 logits, with the vector at the axis of "vocals": 10 - 5 - 4 = 1."""
        stems = {"vocals": StemInfo(-60.0, present=False), "instrumental": StemInfo(-10.0, present=True)}
        catalog.upsert([entry(0, np.array([0, 0, 1], np.float32), stems=stems)])
        [change] = run(catalog)
        assert change.track.tags == (Tag("vocals", "texture", round(1 / (1 + math.exp(-1)), 3)),)


class TestLabels:
    def write(self, path: Path, *lines: object) -> Path:
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        return path

    def test_become_pairs_with_the_scores_of_the_track(self, catalog: Catalog, tmp_path: Path) -> None:
        catalog.upsert([entry(0, at(0)), entry(1, at(math.pi / 3))])
        paths = [f"/music/{number}.flac" for number in (0, 1)]
        lines = [{"track": path, "slug": "bright", "applies": path == paths[0]} for path in paths]
        labels = retagging.read_labels(self.write(tmp_path / "labels.jsonl", *lines, ""))
        pairs = retagging.labelled_pairs(labels, catalog.find_by_path, catalog, TAGGER)["texture"]
        assert pairs.score == pytest.approx([1, 0.5], abs=1e-6)
        assert pairs.hit.tolist() == [True, False]
        assert pairs.track.tolist() == [0, 1]
        assert pairs.offset.tolist() == [0, 0]

    @pytest.mark.parametrize(
        "line",
        ["{", "[]", "7", '{"track": "a", "slug": "b"}', '{"track": "a", "slug": "b", "applies": 1}'],
    )
    def test_an_invalid_line_is_named(self, tmp_path: Path, line: str) -> None:
        good = {"track": "a", "slug": "bright", "applies": True}
        with pytest.raises(UserError, match=r"labels\.jsonl, line 2"):
            retagging.read_labels(self.write(tmp_path / "labels.jsonl", good, line))

    def test_an_unknown_slug_is_an_error_with_similar_ones(self, catalog: Catalog) -> None:
        with pytest.raises(UserError, match=r"Line 3: 'brigth' .* bright"):
            retagging.labelled_pairs([(3, "a", "brigth", True)], lambda _: None, catalog, TAGGER)

    def test_an_unknown_track_is_an_error(self, catalog: Catalog) -> None:
        with pytest.raises(NotFoundError, match="Line 4: 'a' is not in the library"):
            retagging.labelled_pairs([(4, "a", "bright", True)], lambda _: None, catalog, TAGGER)
