"""Which descriptors apply to a track, from its vectors: works with any embedder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from polymuse.music import MIX, VOCALS, Tag

MAX_TAGS = 5  # tags per category
MIN_CONFIDENCE = 0.5
MIN_TRACKS = 50  # from which on a library has statistics of its own
MIN_SD = 1e-4  # of cosines: equal ones are not divided by nothing

VOICE_DB = -15.0  # level of the separated vocals, relative to the mix, from which somebody probably sings
VOICE_DB_PER_LOGIT = 3.0  # so -6 dB speaks for a voice, and -24 dB against it, at odds of e^3 = 20 to 1
MAX_VOICE_LOGITS = 4.0

Pair = tuple[float, float]


class Voice(Enum):
    """What a descriptor says about singing, for which the level of the separated vocals is evidence."""

    PRESENT = "present"  # it means just that somebody sings
    ABSENT = "absent"  # it means just that nobody does
    NEEDED = "needed"  # it is about the voice: without one it cannot apply


@dataclass(frozen=True, slots=True)
class SemanticTags:
    """The descriptors that apply to a track: by category, the surest first."""

    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Something a track can be tagged with."""

    slug: str
    category: str
    prompts: tuple[str, ...]  # texts that mean it; their vectors are averaged
    stems: tuple[str, ...] = (MIX,)  # whose vectors speak for it
    voice: Voice | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the cosines of each descriptor are distributed over a library, stem by stem."""

    tracks: int
    cosines: Mapping[str, Mapping[str, Pair]]  # stem -> slug -> mean and standard deviation; "mix" is always there


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes cosines of different descriptors comparable, and turns them into confidence."""

    logistic: Mapping[str, Pair]  # category -> slope and intercept
    statistics: Statistics | None = None  # None: nothing is known but the prompts
    log_odds: Mapping[str, float] = field(default_factory=dict)  # slug -> added to the intercept for rare descriptors
    baseline: str = "prompts"  # where `statistics` come from: "prompts", "shipped" or "library"


class Tagger:
    """Compares a track's vectors with those of the descriptors.

    With statistics, the score of a stem is (cosine - its mean) / its standard deviation over the library, per
    descriptor. A stem without statistics does not speak.

    Without, the bank stands in for the library. What prompts have in common says nothing, and a text near that is near
    to everything (a hub); so the mean m of all prompt vectors is taken out: ((t - m) · a) / |t - m|. This is then
    centred and scaled over the descriptors of the one track and stem. As m · a is the mean of the track's cosines,
    nothing but these is needed.

    score = mean over the descriptor's stems, or that of the mix if none of them speaks;
    confidence = logistic(slope * score + intercept + log odds + evidence of a voice).
    """

    def __init__(
        self,
        descriptors: Sequence[Descriptor],
        vectors: np.ndarray,
        calibration: Calibration,
        shipped: Calibration | None = None,
    ) -> None:
        """`vectors`: [descriptors, dim] float32 of norm 1; `shipped`: the calibration for a library not yet known.

        Raises KeyError for a descriptor or a category without calibration.
        """
        self.descriptors = tuple(descriptors)
        self.calibration = calibration
        self.shipped = shipped or calibration
        self._vectors = vectors
        self._spread = np.linalg.norm(vectors - vectors.mean(0), axis=1) + MIN_SD
        self._baselines = _baselines(self.descriptors, calibration.statistics)
        self._slope, self._intercept = np.array([calibration.logistic[d.category] for d in descriptors]).T
        self._log_odds = np.array([calibration.log_odds.get(d.slug, 0.0) for d in descriptors])

    def calibrated(self, calibration: Calibration) -> "Tagger":
        """The same descriptors with another calibration."""
        return Tagger(self.descriptors, self._vectors, calibration, self.shipped)

    def tag(self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None) -> SemanticTags:
        """`vectors`: "mix" and, if there are any, stems -> [dim] float32 of norm 1; `levels_db`: their RMS levels."""
        return self.tag_cosines(self.cosines(vectors), levels_db)

    def confidences(
        self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """{slug: 0 to 1} of every descriptor, however weak; arguments as for `tag`."""
        values = 1 / (1 + np.exp(-self.logits(self.cosines(vectors), levels_db)))
        return {each.slug: float(value) for each, value in zip(self.descriptors, values, strict=True)}

    def cosines(self, vectors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """{stem: [..., dim]} -> {stem: [..., descriptors] float32}."""
        return {stem: vector @ self._vectors.T for stem, vector in vectors.items()}

    def tag_cosines(
        self, cosines: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None
    ) -> SemanticTags:
        """The tags of one track whose cosines are known."""
        confidences = 1 / (1 + np.exp(-self.logits(cosines, levels_db)))
        tags = [
            Tag(descriptor.slug, descriptor.category, round(float(confidence), 3))
            for descriptor, confidence in zip(self.descriptors, confidences, strict=True)
        ]
        categories = dict.fromkeys(descriptor.category for descriptor in self.descriptors)
        return SemanticTags(tuple(tag for category in categories for tag in _surest(tags, category)))

    def logits(self, cosines: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None) -> np.ndarray:
        """[descriptors]: log odds that each applies."""
        return self._slope * self.scores(cosines) + self._intercept + self.offsets(levels_db)

    def offsets(self, levels_db: Mapping[str, float] | None = None) -> np.ndarray:
        """[descriptors]: log odds of rare descriptors, and the evidence of a voice."""
        return self._log_odds + self._voice_logits(levels_db or {})

    def scores(self, cosines: Mapping[str, np.ndarray]) -> np.ndarray:
        """[descriptors]: cosines of one track {stem: [descriptors]}, centred, scaled and averaged over stems."""
        by_stem = {stem: self._stem_scores(stem, row) for stem, row in cosines.items() if self._can_speak(stem)}
        speaks = np.array([[stem in each.stems for each in self.descriptors] for stem in by_stem])
        heard = speaks.sum(0)
        fused = (np.array([*by_stem.values()]) * speaks).sum(0) / np.maximum(heard, 1)
        return np.where(heard > 0, fused, by_stem[MIX])

    def _can_speak(self, stem: str) -> bool:
        return not self._baselines or stem in self._baselines

    def _stem_scores(self, stem: str, cosines: np.ndarray) -> np.ndarray:
        if self._baselines:
            mean, sd = self._baselines[stem]
            return (cosines - mean) / sd
        centred = (cosines - cosines.mean()) / self._spread
        return (centred - centred.mean()) / max(float(centred.std()), MIN_SD)

    def _voice_logits(self, levels_db: Mapping[str, float]) -> np.ndarray:
        """[descriptors]: how much the level of the vocals adds to each logit; zeros if it is not known."""
        if not {MIX, VOCALS} <= levels_db.keys():
            return np.zeros(len(self.descriptors))
        excess_db = levels_db[VOCALS] - levels_db[MIX] - VOICE_DB
        sung = float(np.clip(excess_db / VOICE_DB_PER_LOGIT, -MAX_VOICE_LOGITS, MAX_VOICE_LOGITS))
        by_voice = {None: 0.0, Voice.PRESENT: sung, Voice.ABSENT: -sung, Voice.NEEDED: min(0.0, sung)}
        return np.array([by_voice[descriptor.voice] for descriptor in self.descriptors])


def library_statistics(descriptors: Sequence[Descriptor], cosines: Mapping[str, np.ndarray]) -> Statistics | None:
    """From {stem: [tracks that have it, descriptors]} of a library; None below MIN_TRACKS.

    A stem that fewer tracks have is left out, and does not speak.
    """
    by_stem = {
        stem: {
            descriptor.slug: (float(mean), float(sd))
            for descriptor, mean, sd in zip(
                descriptors, rows.mean(0, dtype=np.float64), rows.std(0, dtype=np.float64), strict=True
            )
        }
        for stem, rows in cosines.items()
        if len(rows) >= MIN_TRACKS
    }
    return Statistics(len(cosines[MIX]), by_stem) if MIX in by_stem else None


def _baselines(
    descriptors: Sequence[Descriptor], statistics: Statistics | None
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{stem: (mean [descriptors], standard deviation [descriptors])}; empty without statistics."""
    baselines = {}
    for stem, cosines in ({} if statistics is None else statistics.cosines).items():
        mean, sd = np.array([cosines[descriptor.slug] for descriptor in descriptors], np.float32).T
        baselines[stem] = (mean, np.maximum(sd, MIN_SD))
    return baselines


def _surest(tags: Sequence[Tag], category: str) -> list[Tag]:
    chosen = [tag for tag in tags if tag.category == category and tag.confidence >= MIN_CONFIDENCE]
    return sorted(chosen, key=lambda tag: -tag.confidence)[:MAX_TAGS]
