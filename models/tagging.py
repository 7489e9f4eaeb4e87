"""Which descriptors apply to a track, from its vectors: works with any embedder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from models.embedder import Embedder

MIX = "mix"
VOCALS = "vocals"

MOST = 5  # tags per category
LEAST_CONFIDENCE = 0.5

VOICE_DB = -15.0  # level of the separated vocals, relative to the mix, from which somebody probably sings
VOICE_DB_PER_LOGIT = 3.0  # so -6 dB speaks for a voice, and -24 dB against it, at odds of e^3 = 20 to 1
MOST_VOICE_LOGITS = 4.0


class Voice(Enum):
    """What a descriptor says about singing, for which the level of the separated vocals is evidence."""

    PRESENT = "present"  # it means just that somebody sings
    ABSENT = "absent"  # it means just that nobody does
    NEEDED = "needed"  # it is about the voice: without one it cannot apply


@dataclass(frozen=True, slots=True)
class Tag:
    slug: str
    category: str
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class SemanticTags:
    """The descriptors that apply to a track: by category, the surest first."""

    tags: tuple[Tag, ...]

    def of(self, category: str) -> tuple[Tag, ...]:
        return tuple(tag for tag in self.tags if tag.category == category)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Something a track can be tagged with."""

    slug: str
    category: str
    prompts: tuple[str, ...]  # texts that mean it; their vectors are averaged
    stems: tuple[str, ...] = (MIX,)  # whose vectors speak for it
    voice: Voice | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes cosines of different descriptors comparable, and turns them into confidence."""

    cosines: Mapping[str, tuple[float, float]]  # slug -> mean and standard deviation over a library
    logistic: Mapping[str, tuple[float, float]]  # category -> slope and intercept
    log_odds: Mapping[str, float] = field(default_factory=dict)  # slug -> added to the intercept for rare descriptors


class Tagger:
    """Compares a track's vectors with those of the descriptors.

    score = mean over the descriptor's stems of (cosine - its mean) / its standard deviation;
    confidence = logistic(slope * score + intercept + log odds + evidence of a voice).
    """

    def __init__(self, embedder: Embedder, descriptors: Sequence[Descriptor], calibration: Calibration) -> None:
        """Raises KeyError for a descriptor or a category without calibration."""
        self._descriptors = tuple(descriptors)
        self._vectors = np.stack([_mean_vector(embedder, descriptor.prompts) for descriptor in descriptors])
        self._mean, self._sd = np.array([calibration.cosines[d.slug] for d in descriptors], np.float32).T
        self._slope, intercept = np.array([calibration.logistic[d.category] for d in descriptors]).T
        self._intercept = intercept + [calibration.log_odds.get(d.slug, 0.0) for d in descriptors]

    def tag(self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None) -> SemanticTags:
        """`vectors`: "mix" and, if there are any, stems -> [dim] float32 of norm 1; `levels_db`: their RMS levels.

        A descriptor whose stems are all missing is judged by the mix.
        """
        confidences = self.confidences(vectors, levels_db)
        tags = [Tag(each.slug, each.category, round(confidences[each.slug], 3)) for each in self._descriptors]
        categories = dict.fromkeys(descriptor.category for descriptor in self._descriptors)
        return SemanticTags(tuple(tag for category in categories for tag in _surest(tags, category)))

    def confidences(
        self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """{slug: 0 to 1} of every descriptor, however weak; arguments as for `tag`."""
        logits = self._slope * self.scores(vectors) + self._intercept + self._voice_logits(levels_db or {})
        confidences = 1 / (1 + np.exp(-logits))
        return {each.slug: float(value) for each, value in zip(self._descriptors, confidences, strict=True)}

    def scores(self, vectors: Mapping[str, np.ndarray]) -> np.ndarray:
        """[descriptors] float32: cosines, centred, scaled and averaged over stems."""
        by_stem = {stem: (self._vectors @ vector - self._mean) / self._sd for stem, vector in vectors.items()}
        scores = [
            np.mean([by_stem[stem][i] for stem in descriptor.stems if stem in by_stem] or [by_stem[MIX][i]])
            for i, descriptor in enumerate(self._descriptors)
        ]
        return np.array(scores, np.float32)

    def _voice_logits(self, levels_db: Mapping[str, float]) -> np.ndarray:
        """[descriptors]: how much the level of the vocals adds to each logit; zeros if it is not known."""
        if not {MIX, VOCALS} <= levels_db.keys():
            return np.zeros(len(self._descriptors))
        excess_db = levels_db[VOCALS] - levels_db[MIX] - VOICE_DB
        sung = float(np.clip(excess_db / VOICE_DB_PER_LOGIT, -MOST_VOICE_LOGITS, MOST_VOICE_LOGITS))
        by_voice = {None: 0.0, Voice.PRESENT: sung, Voice.ABSENT: -sung, Voice.NEEDED: min(0.0, sung)}
        return np.array([by_voice[descriptor.voice] for descriptor in self._descriptors])


def _mean_vector(embedder: Embedder, prompts: Sequence[str]) -> np.ndarray:
    mean = embedder.embed_text(prompts).mean(0)
    return mean / np.linalg.norm(mean)


def _surest(tags: Sequence[Tag], category: str) -> list[Tag]:
    chosen = [tag for tag in tags if tag.category == category and tag.confidence >= LEAST_CONFIDENCE]
    return sorted(chosen, key=lambda tag: -tag.confidence)[:MOST]
