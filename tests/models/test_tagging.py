"""Tags from vectors, with a space of three dimensions in which every figure can be worked out on paper."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from models.embedder import AudioEmbedding, Embedder, Passage
from models.tagging import MOST, Calibration, Descriptor, SemanticTags, Tagger, Voice

AXES = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}


class AxisEmbedder:
    """Knows three words, each a dimension of its own."""

    name, profile, dim, fingerprint, languages = "axes", "axes", 3, "0", ("en",)

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([AXES[text] for text in texts], np.float32)

    def passages(self, seconds: float) -> list[Passage]:
        return [Passage(0.0, seconds)]

    def embed_audio(self, waveforms, sample_rate: int) -> list[AudioEmbedding]:
        raise NotImplementedError


EMBEDDER: Embedder = AxisEmbedder()
MIX = {"mix": np.array([0.6, 0.8, 0.0], np.float32)}


def tagger(*descriptors: Descriptor, cosines=(0.0, 1.0), logistic=(1.0, 0.0), log_odds=None) -> Tagger:
    calibration = Calibration(
        cosines={descriptor.slug: cosines for descriptor in descriptors},
        logistic={descriptor.category: logistic for descriptor in descriptors},
        log_odds=log_odds or {},
    )
    return Tagger(EMBEDDER, descriptors, calibration)


def confidences(tags: SemanticTags) -> dict[str, float]:
    return {tag.slug: tag.confidence for tag in tags.tags}


def logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


RED = Descriptor("red", "genre", ("red",))
GREEN = Descriptor("green", "genre", ("green",))


class TestScore:
    def test_is_the_cosine_centred_and_scaled(self) -> None:
        """(0.6 - 0.2) / 0.1 = 4 and (0.8 - 0.2) / 0.1 = 6."""
        assert tagger(RED, GREEN, cosines=(0.2, 0.1)).scores(MIX) == pytest.approx([4, 6], abs=1e-5)

    def test_averages_prompts_to_one_direction(self) -> None:
        """(1, 1, 0) / sqrt 2 against (0.6, 0.8, 0) = 1.4 / sqrt 2."""
        both = Descriptor("both", "genre", ("red", "green"))
        assert tagger(both).scores(MIX) == pytest.approx([1.4 / math.sqrt(2)])

    def test_averages_over_the_stems_that_are_there(self) -> None:
        """Of mix .6 and drums 1, the mean .8; "bass" is missing."""
        descriptor = Descriptor("red", "genre", ("red",), stems=("mix", "drums", "bass"))
        vectors = MIX | {"drums": np.array([1, 0, 0], np.float32), "other": np.array([0, 0, 1], np.float32)}
        assert tagger(descriptor).scores(vectors) == pytest.approx([0.8])

    def test_falls_to_the_mix_if_no_stem_is_there(self) -> None:
        assert tagger(Descriptor("red", "genre", ("red",), stems=("drums",))).scores(MIX) == pytest.approx([0.6])


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

    def test_only_the_surest_of_a_category_are_kept(self) -> None:
        many = [Descriptor(f"red {n}", "genre", ("red",)) for n in range(MOST)]
        tags = tagger(*many, GREEN, Descriptor("mood", "mood", ("red",))).tag(MIX)
        assert [tag.slug for tag in tags.of("genre")] == ["green", *(f"red {n}" for n in range(MOST - 1))]
        assert [tag.slug for tag in tags.of("mood")] == ["mood"]

    def test_descriptor_without_calibration_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="red"):
            Tagger(EMBEDDER, [RED], Calibration(cosines={}, logistic={"genre": (1, 0)}))


class TestVoice:
    """The mix is (.6, .8, 0), so "blue" has cosine 0 and every logit comes from the voice."""

    DESCRIPTORS = tuple(Descriptor(voice.value, "texture", ("blue",), voice=voice) for voice in Voice)

    def tag(self, mix_db: float, vocals_db: float) -> dict[str, float]:
        return confidences(tagger(*self.DESCRIPTORS).tag(MIX, {"mix": mix_db, "vocals": vocals_db}))

    def test_loud_vocals_mean_singing(self) -> None:
        """-6 dB is 9 dB above the threshold, 9 / 3 = 3 logits. They do not say whose voice it is."""
        assert self.tag(-10, -16) == {"present": round(logistic(3), 3), "needed": 0.5}

    def test_faint_vocals_mean_none(self) -> None:
        """-21 dB is 6 dB below the threshold: -2 logits, also for what needs a voice."""
        assert self.tag(-10, -31) == {"absent": round(logistic(2), 3)}

    def test_evidence_is_bounded(self) -> None:
        assert self.tag(-10, -120) == {"absent": round(logistic(4), 3)}

    @pytest.mark.parametrize("levels", [None, {}, {"mix": -10.0}, {"mix": -10.0, "drums": -20.0}])
    def test_without_separated_vocals_there_is_no_evidence(self, levels) -> None:
        tags = tagger(*self.DESCRIPTORS).tag(MIX, levels)
        assert confidences(tags) == {"present": 0.5, "absent": 0.5, "needed": 0.5}
