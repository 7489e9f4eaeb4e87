"""Tags from vectors, with a space of three dimensions in which every value can be computed by hand."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from models.tagging.tagger import (
    MAX_TAGS,
    MIN_TRACKS,
    Calibration,
    Descriptor,
    SemanticTags,
    Statistics,
    Tagger,
    Voice,
    library_statistics,
)

AXES = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}


MIX = {"mix": np.array([0.6, 0.8, 0.0], np.float32)}


def vectors_of(descriptors: Sequence[Descriptor]) -> np.ndarray:
    """Each prompt is the name of an axis; those of one descriptor are averaged."""
    sums = np.array([np.sum([AXES[prompt] for prompt in each.prompts], axis=0) for each in descriptors], np.float32)
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def tagger(*descriptors: Descriptor, cosines=(0.0, 1.0), logistic=(1.0, 0.0), log_odds=None, stems=("mix",)) -> Tagger:
    statistics = Statistics(100, {stem: {each.slug: cosines for each in descriptors} for stem in stems})
    calibration = Calibration(
        logistic={each.category: logistic for each in descriptors}, statistics=statistics, log_odds=log_odds or {}
    )
    return Tagger(descriptors, vectors_of(descriptors), calibration)


def scores(of: Tagger, vectors: dict[str, np.ndarray]) -> np.ndarray:
    return of.scores(of.cosines(vectors))


def confidences(tags: SemanticTags) -> dict[str, float]:
    return {tag.slug: tag.confidence for tag in tags.tags}


def logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


RED = Descriptor("red", "genre", ("red",))
GREEN = Descriptor("green", "genre", ("green",))


class TestScore:
    def test_is_the_cosine_centred_and_scaled(self) -> None:
        """(0.6 - 0.2) / 0.1 = 4 and (0.8 - 0.2) / 0.1 = 6."""
        assert scores(tagger(RED, GREEN, cosines=(0.2, 0.1)), MIX) == pytest.approx([4, 6], abs=1e-5)

    def test_averages_over_the_stems_that_are_present(self) -> None:
        """The mean of mix .6 and drums 1 is .8; "bass" is missing, and "other" is not a stem of the descriptor."""
        descriptor = Descriptor("red", "genre", ("red",), stems=("mix", "drums", "bass"))
        vectors = MIX | {"drums": np.array([1, 0, 0], np.float32), "other": np.array([0, 0, 1], np.float32)}
        assert scores(tagger(descriptor, stems=("mix", "drums", "bass", "other")), vectors) == pytest.approx([0.8])

    def test_a_stem_without_statistics_is_ignored(self) -> None:
        descriptor = Descriptor("red", "genre", ("red",), stems=("mix", "drums"))
        vectors = MIX | {"drums": np.array([1, 0, 0], np.float32)}
        assert scores(tagger(descriptor), vectors) == pytest.approx([0.6])

    def test_falls_back_to_the_mix_if_no_stem_is_present(self) -> None:
        assert scores(tagger(Descriptor("red", "genre", ("red",), stems=("drums",))), MIX) == pytest.approx([0.6])

    def test_stems_have_statistics_of_their_own(self) -> None:
        """(.6 - .5) / .1 = 1 for the mix, (1 - .8) / .2 = 1 for the drums, mean 1."""
        descriptor = Descriptor("red", "genre", ("red",), stems=("mix", "drums"))
        statistics = Statistics(60, {"mix": {"red": (0.5, 0.1)}, "drums": {"red": (0.8, 0.1)}})
        own = Tagger([descriptor], vectors_of([descriptor]), Calibration({"genre": (1.0, 0.0)}, statistics))
        assert scores(own, MIX | {"drums": np.array([1, 0, 0], np.float32)}) == pytest.approx([1.5], abs=1e-5)


class TestScoreWithoutStatistics:
    """Prompts alone: the three axes, whose mean m is (1, 1, 1) / 3 and which are all as far from it."""

    BLUE = Descriptor("blue", "genre", ("blue",))

    def test_is_centred_and_scaled_over_the_descriptors(self) -> None:
        """Cosines .6, .8, 0 have the mean .4667 and the standard deviation .33993."""
        plain = Tagger([RED, GREEN, self.BLUE], vectors_of([RED, GREEN, self.BLUE]), Calibration({"genre": (1.0, 0.0)}))
        assert scores(plain, MIX) == pytest.approx([0.39223, 0.98058, -1.37281], abs=1e-4)

    def test_a_hub_is_corrected(self) -> None:
        """The hub is at (1, 1, 1) / sqrt 3 and has the highest cosine with everything in the middle.

        For a track at (.5, .5, .7071) the cosines are .5, .5, .7071 and .9856, whose mean is .6732. Texts are as far
        from their mean, (.3943, .3943, .3943), as .8227 and, the hub, .3170; so what is left of blue is
        .0339 / .8227 = .041, of red and green -.1732 / .8227 = -.2105, and of the hub .3124 / .3170 = .985.
        """
        hub = Descriptor("hub", "genre", ("red", "green", "blue"))
        all_four = [RED, GREEN, self.BLUE, hub]
        plain = Tagger(all_four, vectors_of(all_four), Calibration({"genre": (1.0, 0.0)}))
        track = {"mix": np.array([0.5, 0.5, math.sqrt(0.5)], np.float32)}
        expected = np.array([-0.2105, -0.2105, 0.041, 0.985])
        expected = (expected - expected.mean()) / expected.std()
        assert scores(plain, track) == pytest.approx(expected, abs=5e-3)


class TestLibraryStatistics:
    def test_are_means_and_deviations_of_the_descriptors(self) -> None:
        """Half of the tracks .1 and half .3: mean .2, standard deviation .1."""
        rows = np.tile(np.array([[0.1, 0.5], [0.3, 0.5]], np.float32), (MIN_TRACKS // 2, 1))
        statistics = library_statistics([RED, GREEN], {"mix": rows, "vocals": rows[:-1]})
        assert statistics is not None
        assert statistics.tracks == MIN_TRACKS
        assert list(statistics.cosines) == ["mix"]  # one too few have vocals
        assert statistics.cosines["mix"]["red"] == pytest.approx((0.2, 0.1))
        assert statistics.cosines["mix"]["green"] == pytest.approx((0.5, 0.0))

    def test_need_fifty_tracks(self) -> None:
        rows = np.zeros((MIN_TRACKS, 1), np.float32)
        assert MIN_TRACKS == 50
        assert library_statistics([RED], {"mix": rows}) is not None
        assert library_statistics([RED], {"mix": rows[1:]}) is None

    def test_equal_tracks_cause_no_division_by_zero(self) -> None:
        assert np.isfinite(scores(tagger(RED, cosines=(0.6, 0.0)), MIX)).all()


class TestConfidence:
    def test_is_the_logistic_of_the_category(self) -> None:
        """Slope 2, intercept -1: 2 * 0.6 - 1 = 0.2 and 2 * 0.8 - 1 = 0.6."""
        tags = tagger(RED, GREEN, logistic=(2.0, -1.0)).tag(MIX)
        assert confidences(tags) == {"green": round(logistic(0.6), 3), "red": round(logistic(0.2), 3)}

    def test_rare_descriptors_start_lower(self) -> None:
        """0.8 - 0.3 = 0.5; 0.6 - 0 as it is."""
        tags = tagger(RED, GREEN, log_odds={"green": -0.3}).tag(MIX)
        assert confidences(tags) == {"red": round(logistic(0.6), 3), "green": round(logistic(0.5), 3)}

    def test_below_a_half_there_is_no_tag(self) -> None:
        """0.6 - 0.7 < 0 < 0.8 - 0.7."""
        assert list(confidences(tagger(RED, GREEN, logistic=(1.0, -0.7)).tag(MIX))) == ["green"]

    def test_only_the_most_confident_of_a_category_are_kept(self) -> None:
        many = [Descriptor(f"red {n}", "genre", ("red",)) for n in range(MAX_TAGS)]
        tags = tagger(*many, GREEN, Descriptor("mood", "mood", ("red",))).tag(MIX)
        assert [tag.slug for tag in tags.tags if tag.category == "genre"] == [
            "green",
            *(f"red {n}" for n in range(MAX_TAGS - 1)),
        ]
        assert [tag.slug for tag in tags.tags if tag.category == "mood"] == ["mood"]

    def test_descriptor_without_calibration_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="red"):
            Tagger([RED], vectors_of([RED]), Calibration({"genre": (1, 0)}, Statistics(50, {"mix": {}})))


class TestVoice:
    """The mix is (.6, .8, 0), so "blue" has cosine 0 and every logit comes from the voice."""

    DESCRIPTORS = tuple(Descriptor(voice.value, "texture", ("blue",), voice=voice) for voice in Voice)

    def tag(self, mix_db: float, vocals_db: float) -> dict[str, float]:
        return confidences(tagger(*self.DESCRIPTORS).tag(MIX, {"mix": mix_db, "vocals": vocals_db}))

    def test_loud_vocals_are_evidence_of_singing(self) -> None:
        """-6 dB is 9 dB above the threshold, 9 / 3 = 3 logits. They do not say whose voice it is."""
        assert self.tag(-10, -16) == {"present": round(logistic(3), 3), "needed": 0.5}

    def test_faint_vocals_are_evidence_against_it(self) -> None:
        """-21 dB is 6 dB below the threshold: -2 logits, also for what needs a voice."""
        assert self.tag(-10, -31) == {"absent": round(logistic(2), 3)}

    def test_evidence_is_bounded(self) -> None:
        assert self.tag(-10, -120) == {"absent": round(logistic(4), 3)}

    @pytest.mark.parametrize("levels", [None, {}, {"mix": -10.0}, {"mix": -10.0, "drums": -20.0}])
    def test_without_separated_vocals_there_is_no_evidence(self, levels) -> None:
        tags = tagger(*self.DESCRIPTORS).tag(MIX, levels)
        assert confidences(tags) == {"present": 0.5, "absent": 0.5, "needed": 0.5}
