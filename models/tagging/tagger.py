"""Which descriptors apply to a track, from its vectors: works with any embedder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from polymuse.descriptors import StoredDescriptor
from polymuse.music import MIX, VOCALS, Tag

MAX_TAGS = 5  # tags per category
MIN_CONFIDENCE = 0.5
MIN_TRACKS = 50  # for statistics of a library
MIN_SD = 1e-4  # of cosines: avoids division by zero

VOICE_DB = -15.0  # level of the separated vocals, relative to the mix, above which somebody probably sings
VOICE_DB_PER_LOGIT = 3.0  # so -6 dB is evidence for a voice, -24 dB against it, at odds of e^3 = 20 to 1
MAX_VOICE_LOGITS = 4.0

Pair = tuple[float, float]
UNKNOWN: Pair = (float("nan"), float("nan"))


class Voice(Enum):
    """What a descriptor implies about singing; the level of the separated vocals is evidence for it."""

    PRESENT = "present"  # it means that somebody sings
    ABSENT = "absent"  # it means that nobody sings
    NEEDED = "needed"  # it is about the voice: without one it cannot apply


VOICES = frozenset(each.value for each in Voice)


@dataclass(frozen=True, slots=True)
class SemanticTags:
    """The tags of a track: by category, highest confidence first."""

    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Something a track can be tagged with."""

    slug: str
    category: str
    prompts: tuple[str, ...]  # texts that describe it; their vectors are averaged
    stems: tuple[str, ...] = (MIX,)  # whose vectors are compared with it
    voice: Voice | None = None
    own: bool = False  # added by a user to those of the bank
    version: str = ""  # changes with its vector where the prompts do not

    @property
    def key(self) -> str:
        """Its name in statistics: those of a user's descriptor are void once its prompts or its vector are others."""
        content = [self.prompts, self.version] if self.version else self.prompts
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
        return f"{self.slug}@{digest}" if self.own else self.slug


@dataclass(frozen=True, slots=True)
class Statistics:
    """The distribution of each descriptor's cosines over a library, per stem."""

    tracks: int
    cosines: Mapping[str, Mapping[str, Pair]]  # stem -> key -> mean and standard deviation; always has "mix"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Parameters that make cosines of different descriptors comparable and turn them into confidence."""

    logistic: Mapping[str, Pair]  # category -> slope and intercept
    statistics: Statistics | None = None  # None: only the prompts are known
    log_odds: Mapping[str, float] = field(default_factory=dict)  # slug -> added to the intercept for rare descriptors
    baseline: str = "prompts"  # where `statistics` come from: "prompts", "shipped" or "library"


class Tagger:
    """Compares a track's vectors with those of the descriptors.

    With statistics, the score of a stem is (cosine - mean) / standard deviation over the library, per descriptor. A
    stem without statistics is ignored.

    Without statistics, the bank takes the place of the library. The mean m of all prompt vectors carries no
    information, and a prompt near it is near to all tracks (a hub), so it is subtracted: ((t - m) · a) / |t - m|. The
    result is standardised over the descriptors, per track and stem. As m · a is the mean of the track's cosines, only
    the cosines are needed. A user's descriptor is scored so until it has statistics. Means and deviations are those of
    the bank, so that a user's descriptors change no score of another one.

    score = mean over the descriptor's stems, or the score of the mix if all of them are ignored;
    confidence = logistic(slope * score + intercept + log odds + evidence of a voice).
    """

    def __init__(
        self,
        descriptors: Sequence[Descriptor],
        vectors: np.ndarray,
        calibration: Calibration,
        shipped: Calibration | None = None,
        text_version: str = "",
    ) -> None:
        """`vectors`: [descriptors, dim] float32 of norm 1; `shipped`: the calibration for a library without statistics.

        `text_version`: that of the embedder, which the vectors of users' descriptors depend on.

        Users' descriptors follow those of the bank. Raises KeyError for a descriptor of the bank or a category without
        calibration.
        """
        self.descriptors = tuple(descriptors)
        self._bank = sum(not each.own for each in descriptors)  # their number
        self.calibration = calibration
        self.shipped = shipped or calibration
        self._text_version = text_version
        self._vectors = vectors
        self._spread = np.linalg.norm(vectors - vectors[: self._bank].mean(0), axis=1) + MIN_SD
        self._baselines = _baselines(self.descriptors, calibration.statistics)
        self._slope, self._intercept = np.array([calibration.logistic[d.category] for d in descriptors]).T
        self._log_odds = np.array([calibration.log_odds.get(d.slug, 0.0) for d in descriptors])

    def calibrated(self, calibration: Calibration) -> "Tagger":
        """The same descriptors with another calibration."""
        return Tagger(self.descriptors, self._vectors, calibration, self.shipped, self._text_version)

    def with_own(self, own: Sequence[StoredDescriptor]) -> "Tagger":
        """These descriptors of the bank, and those of users. A slug of the bank keeps the meaning that it has there."""
        of_bank = self.descriptors[: self._bank]
        slugs = {each.slug for each in of_bank}
        added = [each for each in own if each.slug not in slugs and each.category in self.calibration.logistic]
        if not added and len(of_bank) == len(self.descriptors):
            return self
        descriptors = (*of_bank, *(_own(each, self._text_version) for each in added))
        vectors = np.concatenate([self._vectors[: self._bank], *(each.vector[None] for each in added)])
        return Tagger(descriptors, vectors, self.calibration, self.shipped, self._text_version)

    def tag(self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None) -> SemanticTags:
        """Tags a track. `vectors`: "mix" and any stems -> [dim] float32 of norm 1; `levels_db`: their RMS levels."""
        return self.tag_cosines(self.cosines(vectors), levels_db)

    def confidences(
        self, vectors: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """{slug: 0 to 1} for every descriptor, without a threshold; arguments as for `tag`."""
        values = 1 / (1 + np.exp(-self.logits(self.cosines(vectors), levels_db)))
        return {each.slug: float(value) for each, value in zip(self.descriptors, values, strict=True)}

    def cosines(self, vectors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """{stem: [..., dim]} -> {stem: [..., descriptors] float32}."""
        return {stem: vector @ self._vectors.T for stem, vector in vectors.items()}

    def tag_cosines(
        self, cosines: Mapping[str, np.ndarray], levels_db: Mapping[str, float] | None = None
    ) -> SemanticTags:
        """The tags of one track from its cosines {stem: [descriptors]}."""
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
        """[descriptors]: logits independent of the cosines, from prevalence and from the level of the vocals."""
        return self._log_odds + self._voice_logits(levels_db or {})

    def scores(self, cosines: Mapping[str, np.ndarray]) -> np.ndarray:
        """[descriptors]: cosines of one track {stem: [descriptors]}, centred, scaled and averaged over stems."""
        by_stem = {stem: self._stem_scores(stem, row) for stem, row in cosines.items() if self._has_baseline(stem)}
        used = np.array([[stem in each.stems for each in self.descriptors] for stem in by_stem])
        counts = used.sum(0)
        fused = (np.array([*by_stem.values()]) * used).sum(0) / np.maximum(counts, 1)
        return np.where(counts > 0, fused, by_stem[MIX])

    def _has_baseline(self, stem: str) -> bool:
        return not self._baselines or stem in self._baselines

    def _stem_scores(self, stem: str, cosines: np.ndarray) -> np.ndarray:
        if not self._baselines:
            return self._relative_scores(cosines)
        mean, sd = self._baselines[stem]
        scores = (cosines - mean) / sd
        unknown = np.isnan(mean)
        return np.where(unknown, self._relative_scores(cosines), scores) if unknown.any() else scores

    def _relative_scores(self, cosines: np.ndarray) -> np.ndarray:
        """Scores without statistics, relative to the descriptors of the bank."""
        centred = (cosines - cosines[: self._bank].mean()) / self._spread
        of_bank = centred[: self._bank]
        return (centred - of_bank.mean()) / max(float(of_bank.std()), MIN_SD)

    def _voice_logits(self, levels_db: Mapping[str, float]) -> np.ndarray:
        """[descriptors]: logits from the level of the vocals; zeros if it is unknown."""
        if not {MIX, VOCALS} <= levels_db.keys():
            return np.zeros(len(self.descriptors))
        excess_db = levels_db[VOCALS] - levels_db[MIX] - VOICE_DB
        sung = float(np.clip(excess_db / VOICE_DB_PER_LOGIT, -MAX_VOICE_LOGITS, MAX_VOICE_LOGITS))
        by_voice = {None: 0.0, Voice.PRESENT: sung, Voice.ABSENT: -sung, Voice.NEEDED: min(0.0, sung)}
        return np.array([by_voice[descriptor.voice] for descriptor in self.descriptors])


def library_statistics(descriptors: Sequence[Descriptor], cosines: Mapping[str, np.ndarray]) -> Statistics | None:
    """Statistics of the cosines {stem: [tracks, descriptors]} of a library; None below MIN_TRACKS.

    A stem that fewer tracks have is left out.
    """
    by_stem = {
        stem: {
            descriptor.key: (float(mean), float(sd))
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
    """{stem: (mean [descriptors], standard deviation [descriptors])}; empty without statistics.

    Those of a user's descriptor without statistics, and of stems that a descriptor is not compared with, may be not a
    number.
    """
    baselines = {}
    for stem, cosines in ({} if statistics is None else statistics.cosines).items():
        known = [
            cosines.get(each.key, UNKNOWN) if each.own or stem not in (MIX, *each.stems) else cosines[each.slug]
            for each in descriptors
        ]
        mean, sd = np.array(known, np.float32).T
        baselines[stem] = (mean, np.maximum(sd, MIN_SD))
    return baselines


def _own(descriptor: StoredDescriptor, version: str) -> Descriptor:
    voice = Voice(descriptor.voice) if descriptor.voice in VOICES else None
    of_user = Descriptor(descriptor.slug, descriptor.category, descriptor.prompts, descriptor.stems, voice)
    return replace(of_user, own=True, version=version)


def _surest(tags: Sequence[Tag], category: str) -> list[Tag]:
    chosen = [tag for tag in tags if tag.category == category and tag.confidence >= MIN_CONFIDENCE]
    return sorted(chosen, key=lambda tag: -tag.confidence)[:MAX_TAGS]
