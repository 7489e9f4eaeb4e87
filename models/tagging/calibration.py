"""From scores to confidence: Platt scaling on labelled pairs, and reliability of the confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10  # of confidence, of equal width
FOLDS = 5
NEWTON_STEPS = 50
HALVINGS = 20
RIDGE = 1e-9  # keeps the equations solvable if all scores are equal


@dataclass(frozen=True, slots=True)
class Pairs:
    """(track, descriptor) pairs with a label; all arrays [pairs]."""

    score: np.ndarray
    offset: np.ndarray  # logits added independently of the score
    hit: np.ndarray  # bool: whether the descriptor applies
    track: np.ndarray  # int: number of the track

    def __getitem__(self, chosen: np.ndarray) -> "Pairs":
        return Pairs(self.score[chosen], self.offset[chosen], self.hit[chosen], self.track[chosen])


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of similar confidence. If confidence is calibrated, both means are equal."""

    count: int
    confidence: float  # mean
    frequency: float  # share of hits


def confidence(line: tuple[float, float], pairs: Pairs) -> np.ndarray:
    """[pairs]: logistic(slope * score + intercept + offset)."""
    slope, intercept = line
    return 1 / (1 + np.exp(-(slope * pairs.score + intercept + pairs.offset)))


def fit_platt(pairs: Pairs) -> tuple[float, float]:
    """Fits slope and intercept of the logistic by maximum likelihood.

    As in Platt (1999), the targets are (N+ + 1) / (N+ + 2) for hits and 1 / (N- + 2) for the others, not 1 and 0, so
    the slope stays finite if the scores separate the labels perfectly. Newton's method, with steps halved while they
    increase the loss.
    """
    hits = int(pairs.hit.sum())
    target = np.where(pairs.hit, (hits + 1) / (hits + 2), 1 / (len(pairs.hit) - hits + 2))
    design = np.stack([pairs.score, np.ones_like(pairs.score)], axis=1).astype(np.float64)
    line = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-(design @ line + pairs.offset)))
        hessian = (design * (p * (1 - p))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (target - p))
        loss = _loss(design @ line + pairs.offset, target)
        for _ in range(HALVINGS):
            if _loss(design @ (line + step) + pairs.offset, target) <= loss:
                break
            step /= 2
        line = line + step
    return float(line[0]), float(line[1])


def cross_validated(pairs: Pairs, folds: int = FOLDS) -> np.ndarray:
    """[pairs]: the confidence of each pair, by a line fitted to other tracks only.

    Tracks are assigned to the folds in turn, in the order of their numbers.
    """
    tracks = np.unique(pairs.track)
    fold = np.searchsorted(tracks, pairs.track) % min(folds, len(tracks))
    values = np.empty(len(pairs.hit))
    for held_out in np.unique(fold):
        values[fold == held_out] = confidence(fit_platt(pairs[fold != held_out]), pairs[fold == held_out])
    return values


def reliability(confidences: np.ndarray, hits: np.ndarray, bins: int = BINS) -> list[Bin]:
    """The non-empty bins of equal width from 0 to 1, in order; 1.0 belongs to the last."""
    index = np.minimum((confidences * bins).astype(int), bins - 1)
    members = [index == number for number in range(bins)]
    return [
        Bin(int(these.sum()), float(confidences[these].mean()), float(hits[these].mean()))
        for these in members
        if these.any()
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """ECE: the mean over the pairs of |share of hits - mean confidence| of their bin."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.frequency - each.confidence) for each in bins) / total


def auc(scores: np.ndarray, hits: np.ndarray) -> float:
    """The probability that a hit scores above a miss; ties count half. NaN unless there are both."""
    higher = scores[hits][:, None] - scores[~hits][None, :]
    return float(((higher > 0) + 0.5 * (higher == 0)).mean()) if higher.size else float("nan")


def _loss(logit: np.ndarray, target: np.ndarray) -> float:
    """Cross entropy, as ln(1 + e^x) - target * x."""
    return float((np.logaddexp(0, logit) - target * logit).sum())
