"""The contract of an embedder, tested on those of all profiles; CLaMP 3 is tiny, with random weights."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from models.embedder import Embedder, Passage
from models.profiles import PROFILES
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, BadScoreError, UserError
from tests.helpers.searching import examples

SAMPLE_RATE = 44_100  # Hz
TEXTS = ("calm piano", "没有人声的电子音乐", "música para bailar", "something for a rainy night")
TOLERANCE = 1e-5  # of a vector of norm 1: batches of another size are summed in another order


@pytest.fixture(scope="module", params=[*PROFILES, "clamp3 in bf16", "clamp3 quick"])
def embedder(request: pytest.FixtureRequest, store_of: Callable[[str], WeightStore]) -> Embedder:
    profile, *how = request.param.split()
    load = PROFILES[profile].quick_embedder if how == ["quick"] else PROFILES[profile].embedder
    with pytest.MonkeyPatch.context() as patch:  # the precision depends on the CPU
        patch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": "bf16" in how}, raising=False)
        return load(store_of(profile), "cpu")


def swelling_noise(seconds: float, seed: int = 0) -> torch.Tensor:
    """Stereo noise that fades in and out once a second, so that no two passages are alike."""
    random = torch.Generator().manual_seed(seed)
    samples = round(seconds * SAMPLE_RATE)
    swell = torch.sin(torch.linspace(0, torch.pi * seconds, samples)).abs() * torch.linspace(0.1, 0.5, samples)
    return torch.randn(2, samples, generator=random) * swell * 0.3


def cut(waveform: torch.Tensor, passages: list[Passage]) -> torch.Tensor:
    return torch.cat([waveform[:, round(p.start * SAMPLE_RATE) : round(p.end * SAMPLE_RATE)] for p in passages], dim=1)


def is_unit(vector: np.ndarray, dim: int) -> bool:
    return vector.shape == (dim,) and vector.dtype == np.float32 and abs(float(np.linalg.norm(vector)) - 1) < TOLERANCE


class TestText:
    def test_one_unit_vector_per_text(self, embedder: Embedder) -> None:
        vectors = embedder.embed_text(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dim)
        assert all(is_unit(vector, embedder.dim) for vector in vectors)

    def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed_text([]).shape == (0, embedder.dim)

    def test_text_means_the_same_alone_and_among_others(self, embedder: Embedder) -> None:
        alone = np.concatenate([embedder.embed_text([text]) for text in TEXTS])
        assert np.abs(embedder.embed_text(TEXTS) - alone).max() < TOLERANCE

    def test_translations_are_nearer_than_other_texts(self, embedder: Embedder) -> None:
        if embedder.profile == "clamp3" or not {"en", "de"} <= set(embedder.languages):
            pytest.skip("random weights, or none at all, know no languages")
        piano, klavier, metal = embedder.embed_text(["calm piano", "ruhiges Klavier", "heavy metal"])
        assert piano @ klavier > piano @ metal

    @pytest.mark.parametrize("blank", ["", " \t\n"])
    def test_blank_text_is_refused(self, embedder: Embedder, blank: str) -> None:
        with pytest.raises(UserError):
            embedder.embed_text(["calm piano", blank])

    def test_meanings_are_concepts_of_the_texts_or_none(self, embedder: Embedder) -> None:
        meanings = embedder.meanings(TEXTS)
        assert len(meanings) == len(TEXTS)
        understood = [meaning for meaning in meanings if meaning is not None]
        assert len(understood) == (len(TEXTS) if embedder.profile == "starter" else 0)
        for meaning in understood:
            sizes = [abs(weight) for _, weight in meaning.concepts]
            assert sizes == sorted(sizes, reverse=True)
            assert sizes[0] > 0
        assert embedder.meanings([]) == []


class TestPassages:
    @given(seconds=st.floats(1, 40_000))
    @examples(100, HealthCheck.function_scoped_fixture)
    def test_are_inside_the_track_in_order_without_overlap(self, embedder: Embedder, seconds: float) -> None:
        edges = [edge for passage in embedder.passages(seconds) for edge in (passage.start, passage.end)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= seconds

    @given(seconds=st.floats(1, 40_000))
    def test_of_the_joined_excerpt_tile_it(self, embedder: Embedder, seconds: float) -> None:
        lengths = [passage.end - passage.start for passage in embedder.passages(seconds)]
        starts = [sum(lengths[:n]) for n in range(len(lengths))]
        tiles = [Passage(start, start + length) for start, length in zip(starts, lengths, strict=True)]
        assert embedder.passages(sum(lengths)) == tiles


class TestAudio:
    @pytest.mark.parametrize("seconds", [1.0, 2.5, 10.0, 26.99, 31.7])
    def test_has_a_unit_vector_and_segments_inside_the_track(self, embedder: Embedder, seconds: float) -> None:
        (result,) = embedder.embed_audio([swelling_noise(seconds)], SAMPLE_RATE)
        assert is_unit(result.vector, embedder.dim)
        assert result.segments
        for segment in result.segments:
            assert is_unit(segment.vector, embedder.dim)
            assert 0 <= segment.start < segment.end <= seconds + 1 / SAMPLE_RATE

    def test_no_waveforms_give_nothing(self, embedder: Embedder) -> None:
        assert embedder.embed_audio([], SAMPLE_RATE) == []

    def test_is_deterministic(self, embedder: Embedder) -> None:
        first, second = (embedder.embed_audio([swelling_noise(12)], SAMPLE_RATE)[0].vector for _ in range(2))
        assert np.array_equal(first, second)

    @pytest.mark.parametrize("seconds", [20.0, 28.3, 61.7, 83.9])
    def test_the_joined_passages_have_the_vector_of_the_track(self, embedder: Embedder, seconds: float) -> None:
        track = swelling_noise(seconds)
        excerpt = cut(track, embedder.passages(track.shape[1] / SAMPLE_RATE))
        (whole,), (part,) = (embedder.embed_audio([waveform], SAMPLE_RATE) for waveform in (track, excerpt))
        assert np.abs(whole.vector - part.vector).max() < TOLERANCE
        for of_track, of_excerpt in zip(whole.segments, part.segments, strict=True):
            assert np.abs(of_track.vector - of_excerpt.vector).max() < TOLERANCE

    def test_a_waveform_has_the_same_vector_alone_and_among_others(self, embedder: Embedder) -> None:
        waveforms = [swelling_noise(4, seed=1), swelling_noise(29, seed=2), swelling_noise(10, seed=3)]
        together = embedder.embed_audio(waveforms, SAMPLE_RATE)
        for waveform, result in zip(waveforms, together, strict=True):
            (alone,) = embedder.embed_audio([waveform], SAMPLE_RATE)
            assert np.abs(alone.vector - result.vector).max() < TOLERANCE
            assert len(alone.segments) == len(result.segments)

    def test_mono_is_the_same_as_two_equal_channels(self, embedder: Embedder) -> None:
        mono = swelling_noise(5)[:1]
        (one,), (two,) = (embedder.embed_audio([w], SAMPLE_RATE) for w in (mono, mono.repeat(2, 1)))
        assert np.abs(one.vector - two.vector).max() < TOLERANCE

    def test_silence_has_a_vector(self, embedder: Embedder) -> None:
        """A stem may be silent, and the indexer wants to say so itself."""
        (result,) = embedder.embed_audio([torch.zeros(2, 30 * SAMPLE_RATE)], SAMPLE_RATE)
        assert is_unit(result.vector, embedder.dim)

    def test_what_is_too_short_is_refused(self, embedder: Embedder) -> None:
        with pytest.raises(BadAudioError, match=r"0\.20 s"):
            embedder.embed_audio([swelling_noise(5), swelling_noise(0.2)], SAMPLE_RATE)

    def test_samples_that_are_no_numbers_are_refused(self, embedder: Embedder) -> None:
        broken = swelling_noise(5)
        broken[0, 1000] = float("nan")
        with pytest.raises(BadAudioError, match="not finite"):
            embedder.embed_audio([broken], SAMPLE_RATE)


class TestScores:
    def test_with_the_suffixes_that_it_says_are_read(self, embedder: Embedder, tmp_path: Path) -> None:
        assert all(re.fullmatch(r"\.[a-z]+", suffix) for suffix in embedder.score_suffixes)
        path = tmp_path / "Tune.ABC"
        path.write_text("X:1\nK:C\nCDE|\n")
        if not embedder.score_suffixes:
            with pytest.raises(BadScoreError, match="reads no scores"):
                embedder.embed_score(path)
            return
        score = embedder.embed_score(path)
        assert is_unit(score.vector, embedder.dim)
        assert score.format == "abc"

    def test_that_are_none_are_refused(self, embedder: Embedder, tmp_path: Path) -> None:
        for name in ("tune.wav", "missing.mid"):
            with pytest.raises(BadScoreError, match=name):
                embedder.embed_score(tmp_path / name)


def test_identifies_itself(embedder: Embedder) -> None:
    assert embedder.name
    assert embedder.profile in PROFILES
    assert len(embedder.fingerprint) == 64
    assert embedder.languages
    assert all(re.fullmatch("[a-z]{2,3}", language) for language in embedder.languages)
