"""Quick excerpts; the contract of embedders is in test_embedder_contract."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.clamp3.embedder import Clamp3Embedder
from models.clamp3.quick import QuickClamp3Embedder, agreement, choose_passages, compare
from models.embedder import Passage
from polymuse.excerpts import excerpts_of
from tests.helpers.signals import noise

RATE = 24_000


def load(kind: type[Clamp3Embedder], files: Path) -> Clamp3Embedder:
    return kind.load(files / "clamp3.pth", files / "mert", files / "tokenizer.json", precision="float32")


@pytest.fixture(scope="module")
def full(clamp3_files: Path) -> Clamp3Embedder:
    return load(Clamp3Embedder, clamp3_files)


@pytest.fixture(scope="module")
def quick(clamp3_files: Path) -> Clamp3Embedder:
    return load(QuickClamp3Embedder, clamp3_files)


class TestPassages:
    def test_are_evenly_spread(self) -> None:
        # 200 s leave 140 s for five gaps of 28 s
        starts = [28.0, 71.0, 114.0, 157.0]
        assert choose_passages(200.0) == [Passage(start, start + 15) for start in starts]

    def test_of_a_short_track_are_all_of_it(self) -> None:
        assert choose_passages(59.9) == [Passage(0.0, 59.9)]
        assert [(p.start, p.end) for p in choose_passages(60.5)] == [(0, 15), (15, 30), (30, 45), (45, 60)]

    def test_do_not_grow_with_the_track(self) -> None:
        assert sum(p.end - p.start for p in choose_passages(36_000.0)) == 60


class TestVectors:
    def test_a_short_track_has_that_of_the_whole(self, full: Clamp3Embedder, quick: Clamp3Embedder) -> None:
        (whole,), (part,) = (each.embed_audio([noise(1, 47 * RATE)], RATE) for each in (full, quick))
        np.testing.assert_array_equal(part.vector, whole.vector)
        assert [(s.start, s.end) for s in part.segments] == [(0, 15), (15, 30), (30, 45), (35, 47)]

    def test_a_long_track_has_that_of_its_excerpt(self, full: Clamp3Embedder, quick: Clamp3Embedder) -> None:
        track = noise(1, 90 * RATE)  # passages from 6, 27, 48 and 69 s: gaps of 6 s
        excerpt = torch.cat([track[:, start * RATE : (start + 15) * RATE] for start in (6, 27, 48, 69)], dim=1)
        (part,), (same,), (whole,) = (
            quick.embed_audio([track], RATE),
            full.embed_audio([excerpt], RATE),
            full.embed_audio([track], RATE),
        )
        np.testing.assert_allclose(part.vector, same.vector, atol=1e-6)
        assert not np.allclose(part.vector, whole.vector, atol=1e-4)
        assert [(s.start, s.end) for s in part.segments] == [(6, 21), (27, 42), (48, 63), (69, 84)]

    def test_texts_have_the_same_in_both(self, full: Clamp3Embedder, quick: Clamp3Embedder) -> None:
        np.testing.assert_array_equal(full.embed_text(["sad"]), quick.embed_text(["sad"]))


def test_the_fingerprint_says_so(full: Clamp3Embedder, quick: Clamp3Embedder) -> None:
    assert (excerpts_of(full.fingerprint), excerpts_of(quick.fingerprint)) == ("full", "quick")
    assert (full.name, full.profile) == (quick.name, quick.profile)  # one place in the store: either, never both


class TestAgreement:
    def test_of_equal_vectors_is_perfect(self) -> None:
        vectors = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0].astype(np.float32)
        found = compare(vectors, vectors)
        assert (found.tracks, found.nearest, found.recall, found.rank_correlation) == (12, 10, 1.0, 1.0)
        assert found.mean_cosine == pytest.approx(1, abs=1e-6)

    def test_worked_out_by_hand(self) -> None:
        """Vectors on a circle, at these degrees: the last track moves from the end to the beginning.

        Nearest of four is 2 of 3 others. Whole: 0 -> 10, 29, 60; 10 -> 0, 29, 60; 29 -> 10, 0, 60; 60 -> 29, 10, 0.
        Parts, where 60 became -20: 0 -> 10, 60, 29; 10 -> 0, 29, 60; 29 -> 10, 0, 60; 60 -> 0, 10, 29.
        """
        degrees = np.radians([(0, 10, 29, 60), (0, 10, 29, -20)])
        whole, parts = np.stack([np.cos(degrees), np.sin(degrees)], axis=-1)
        found = compare(whole, parts)
        # Recall of 2: {10, 29} {10, 60}: 1/2; {0, 29} {0, 29}: 1; {10, 0} {10, 0}: 1; {29, 10} {0, 10}: 1/2.
        assert (found.nearest, found.recall) == (2, 0.75)
        # Spearman, 1 - 6 sum(d^2) / 24: sums of d^2 are 2, 0, 0 and 8: 0.5, 1, 1, -1.
        assert found.rank_correlation == pytest.approx((0.5 + 1 + 1 - 1) / 4)
        # Cosines 1, 1, 1 and cos 80 degrees.
        assert found.worst_cosine == pytest.approx(np.cos(np.radians(80)))
        assert found.mean_cosine == pytest.approx((3 + np.cos(np.radians(80))) / 4)

    def test_of_two_tracks_is_no_ranking(self) -> None:
        found = compare(np.eye(2), np.eye(2))
        assert (found.tracks, found.mean_cosine, found.recall, found.rank_correlation) == (2, 1.0, None, None)

    def test_embeds_with_both(self, full: Clamp3Embedder, quick: Clamp3Embedder) -> None:
        found = agreement(full, quick, [noise(1, seconds * RATE) for seconds in (5, 8, 80)], RATE)
        assert found.tracks == 3
        assert found.worst_cosine < found.mean_cosine < 1  # the longest differs, the others do not
        assert found.mean_cosine > 2 / 3
