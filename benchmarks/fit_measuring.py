"""Fits the numbers of models/measuring (tempo_rule.py, and the confidence of tonality.py) to known music.

    python benchmarks/fit_measuring.py DIR

DIR: the clips of benchmarks/measured_truth.py.

The rule is a linear score of all tempos, by which the right one (within 2.5 %) is to be likeliest: a multinomial
logistic regression with a ridge, each group of clips with the square root of its size. Printed are Acc1 and Acc2 at 4 %
with the group left out of the fit, and the numbers fitted to all. The confidences are logistic regressions on what was
right; for the tempo, when left out.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize

from models.audio.decode import decode
from models.measuring import tonality
from models.measuring.excerpts import passages
from models.measuring.onsets import onset_strength
from models.measuring.periodicity import BPMS, Periodicity, periodicity
from models.measuring.tempo import FASTEST, SLOWEST, evidence, features, smoothed
from polymuse.music import KEYS

RIGHT = 0.04
RIDGE = 0.01
LEVELS = (1, 2, 0.5, 3, 1 / 3)  # that Acc2 accepts
INSIDE = (BPMS >= SLOWEST) & (BPMS <= FASTEST)


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    group: str
    bpm: float | None
    key: str  # "": not known
    found: Periodicity
    keys: np.ndarray  # [24] scores
    features: np.ndarray  # [tempos inside, features]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the rule that chooses the beat.")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--ridge", type=float, default=RIDGE)
    parser.add_argument("--show", action="store_true", help="list what is wrong")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    items = load(arguments.directory)
    guesses, kept = held_out(items, arguments.ridge)
    show(items, guesses, arguments.show)
    rule = fit(items, arguments.ridge)
    print("RULE =", tuple(float(f"{weight:.3g}") for weight in rule))
    right = np.array([correct(guess, item.bpm) for guess, item in zip(guesses, items, strict=True)])
    print("CONFIDENCE =", tuple(float(f"{weight:.3g}") for weight in fit_confidence(np.array(kept), right)))
    keyed = [item for item in items if item.key]
    right = np.array([KEYS[int(np.argmax(item.keys))] == item.key for item in keyed])
    kept = np.array([tonality.evidence(item.keys) for item in keyed])
    print(f"key right: {right.mean():.3f} of {len(right)}")
    print("tonality.CONFIDENCE =", tuple(float(f"{weight:.3g}") for weight in fit_confidence(kept, right)))


def load(directory: Path) -> list[Item]:
    items = []
    for line in (directory / "truth.jsonl").read_text().splitlines():
        truth = json.loads(line)
        decoded = decode(directory / truth["file"])
        parts = [each.samples for each in passages(decoded.samples, decoded.sample_rate)]
        found = periodicity([smoothed(onset_strength(samples)) for samples in parts])
        tones = [tonality.peaks(samples) for samples in parts]
        segments = [each for part in tones for each in tonality.chroma(part, tonality.tuning_of(tones))]
        keys = np.mean([tonality.scores(segment) for segment in segments] or [np.zeros(len(KEYS))], axis=0)
        known = truth["group"], truth["bpm"], truth["key"]
        items.append(Item(Path(truth["file"]).stem, *known, found, keys, features(found)[INSIDE]))
    return items


def held_out(items: Sequence[Item], ridge: float) -> tuple[list[float], list[tuple[float, ...]]]:
    """The tempo of each item, and what its confidence depends on, by the rule fitted to all other groups."""
    rules = {
        group: fit([item for item in items if item.group != group], ridge) for group in {item.group for item in items}
    }
    guesses, kept = [], []
    for item in items:
        score = np.full(len(BPMS), -np.inf)
        score[INSIDE] = item.features @ rules[item.group]
        guesses.append(float(BPMS[np.argmax(score)]))
        kept.append(evidence(item.found, score))
    return guesses, kept


def fit(items: Sequence[Item], ridge: float) -> np.ndarray:
    """[features]: the weights of the rule."""
    usable = [item for item in items if SLOWEST <= (item.bpm or 0) <= FASTEST]
    spread = np.std(np.concatenate([item.features for item in usable]), axis=0)
    rows = [item.features / spread for item in usable]
    answers = [np.abs(BPMS[INSIDE] / (item.bpm or 0) - 1) < 0.025 for item in usable]
    sizes = Counter(item.group for item in usable)
    shares = np.array([sizes[item.group] ** -0.5 for item in usable])
    shares /= shares.sum()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for row, answer, share in zip(rows, answers, shares, strict=True):
            score = row @ weights
            likely = np.exp(score - score.max())
            likely /= likely.sum()
            among = likely * answer
            total -= share * float(np.log(among.sum() + 1e-12))
            slope += share * row.T @ (likely - among / max(float(among.sum()), 1e-12))
        return total, slope

    return minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x / spread


def fit_confidence(kept: np.ndarray, right: np.ndarray) -> np.ndarray:
    """[1 + evidence]: constant and weights of a logistic regression, with a slight ridge on standardised evidence."""
    spread = np.concatenate([[1.0], kept.std(axis=0)])
    rows = np.column_stack([np.ones(len(kept)), kept]) / spread
    ridge = np.where(np.arange(len(spread)) > 0, 0.01, 0.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sure = 1 / (1 + np.exp(-rows @ weights))
        error = -np.mean(np.where(right, np.log(sure + 1e-12), np.log(1 - sure + 1e-12)))
        return float(error + ridge @ weights**2), rows.T @ (sure - right) / len(rows) + 2 * ridge * weights

    return minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x / spread


def correct(guess: float, bpm: float | None, levels: Sequence[float] = (1,)) -> bool:
    return bpm is not None and any(abs(guess / (bpm * level) - 1) < RIGHT for level in levels)


def show(items: Sequence[Item], guesses: Sequence[float], wrong_too: bool) -> None:
    for group in (*dict.fromkeys(item.group for item in items), "all"):
        pairs = [
            (item, guess)
            for item, guess in zip(items, guesses, strict=True)
            if item.bpm is not None and group in (item.group, "all")
        ]
        if pairs:
            acc1, acc2 = (
                np.mean([correct(guess, item.bpm, levels) for item, guess in pairs]) for levels in ((1,), LEVELS)
            )
            print(f"{group:<10}{len(pairs):>5} left out: Acc1 {acc1:.3f}  Acc2 {acc2:.3f}")
        if wrong_too and group != "all":
            for item, guess in pairs:
                if not correct(guess, item.bpm):
                    octave = "octave" if correct(guess, item.bpm, LEVELS) else "wrong"
                    print(f"    {item.name:<40}{item.bpm:>7.1f}{guess:>7.1f} {octave}")


if __name__ == "__main__":
    main()
