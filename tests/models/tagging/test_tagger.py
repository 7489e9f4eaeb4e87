"""Tags from vectors, with a space of three dimensions in which every value can be computed by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace

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
from polymuse.descriptors import StoredDescriptor
from polymuse.music import Tag

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

    def test_statistics_of_stems_that_a_descriptor_is_not_compared_with_may_be_missing(self) -> None:
        """Red has the mix alone, .6; green (.8 + 0) / 2."""
        green = Descriptor("green", "genre", ("green",), stems=("mix", "drums"))
        statistics = Statistics(60, {"mix": {"red": (0.0, 1.0), "green": (0.0, 1.0)}, "drums": {"green": (0.0, 1.0)}})
        both = Tagger([RED, green], vectors_of([RED, green]), Calibration({"genre": (1.0, 0.0)}, statistics))
        assert scores(both, MIX | {"drums": np.array([1, 0, 0], np.float32)}) == pytest.approx([0.6, 0.4])


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


THREE = {"mix": np.array([0.48, 0.6, 0.64], np.float32)}


class TestOwn:
    """Descriptors that users add to those of the bank."""

    BLUE = StoredDescriptor("blue", "genre", {"en": "Blue"}, ("blue",), ("mix",), np.array(AXES["blue"], np.float32))

    def test_change_nothing_without_one(self) -> None:
        plain = tagger(RED, GREEN)
        assert plain.with_own([]) is plain

    def test_change_no_score_of_the_bank(self) -> None:
        for plain in (tagger(RED, GREEN), self.without_statistics()):
            more = plain.with_own([self.BLUE])
            assert [each.slug for each in more.descriptors] == ["red", "green", "blue"]
            assert scores(more, THREE)[:2].tolist() == scores(plain, THREE).tolist()

    def test_are_scored_relative_to_the_bank_until_there_are_statistics(self) -> None:
        """The mean of red and green is (.5, .5, 0): red and green are .707 from it, blue is 1.225.

        Centred by the mean cosine .54, the cosines .48, .6 and .64 are -.06, .06 and .1; divided by these distances
        -.0849, .0849 and .0816. Mean 0 and deviation .0849 of red and green make .0816 / .0849 of blue.
        """
        expected = (0.1 / math.sqrt(1.5)) / (0.06 / math.sqrt(0.5))
        for plain in (tagger(RED, GREEN), self.without_statistics()):
            assert scores(plain.with_own([self.BLUE]), THREE)[2] == pytest.approx(expected, abs=1e-3)

    def test_are_scored_with_the_statistics_of_the_library(self) -> None:
        """(.64 - .04) / .3 = 2."""
        more = self.without_statistics().with_own([self.BLUE])
        [key] = {each.key for each in more.descriptors} - {"red", "green"}
        known = Statistics(100, {"mix": {"red": (0.0, 1.0), "green": (0.0, 1.0), key: (0.04, 0.3)}})
        assert scores(more.calibrated(Calibration({"genre": (1, 0)}, known)), THREE)[2] == pytest.approx(2, abs=1e-5)

    def test_of_other_prompts_have_other_statistics(self) -> None:
        one, other = (
            self.without_statistics().with_own([replace(self.BLUE, prompts=(prompt,))]).descriptors[-1].key
            for prompt in ("sea", "sky")
        )
        assert one != other
        assert one.startswith("blue@")

    def test_of_other_texts_have_other_statistics(self) -> None:
        """The same prompts with another vector; those of an embedder without a text version keep their names."""
        plain = self.without_statistics()
        keys = [
            Tagger(plain.descriptors, np.eye(2, 3, dtype=np.float32), plain.calibration, text_version=version)
            .with_own([self.BLUE])
            .descriptors[-1]
            .key
            for version in ("", "a", "b")
        ]
        assert keys[0] == plain.with_own([self.BLUE]).descriptors[-1].key
        assert len(set(keys)) == 3

    def test_are_measured_with_the_others(self) -> None:
        more = self.without_statistics().with_own([self.BLUE])
        measured = library_statistics(more.descriptors, {"mix": np.tile(more.cosines(THREE)["mix"], (MIN_TRACKS, 1))})
        assert measured is not None
        assert measured.cosines["mix"][more.descriptors[-1].key] == pytest.approx((0.64, 0), abs=1e-6)

    def test_are_tags_like_the_others(self) -> None:
        more = self.without_statistics().with_own([replace(self.BLUE, voice="absent")])
        assert more.descriptors[-1].voice is Voice.ABSENT
        assert {"red", "green", "blue"} == more.confidences(THREE).keys()
        assert Tag("blue", "genre", 0.724) in more.tag(THREE).tags

    def test_replace_former_ones(self) -> None:
        more = tagger(RED).with_own([self.BLUE]).with_own([replace(self.BLUE, slug="sea")])
        assert [each.slug for each in more.descriptors] == ["red", "sea"]
        assert [each.slug for each in more.with_own([]).descriptors] == ["red"]

    def test_leave_the_slugs_of_the_bank_alone(self) -> None:
        plain = tagger(RED, GREEN)
        assert plain.with_own([replace(self.BLUE, slug="red"), replace(self.BLUE, category="unknown")]) is plain

    @staticmethod
    def without_statistics() -> Tagger:
        return Tagger([RED, GREEN], vectors_of([RED, GREEN]), Calibration({"genre": (1.0, 0.0)}))
