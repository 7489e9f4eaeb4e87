"""Fits the confidence of the starter profile's tags to labelled tracks and writes data/starter_tags.json.

    python benchmarks/calibrate_tags.py --packages DIR --renders DIR --weights DIR [--heard FILE.npz]

Mean and deviation of every descriptor's cosine are taken over all labelled tracks that are present. The logistic of a
category is fitted to all (track, descriptor) pairs of which the labels say something: for genres among real tracks that
have such a label, for instruments among renders. The labels of mood and texture are too few and too weak for a fit (it
would never tag anything), so these two borrow a line fitted to genre.

A track that is a little more like the blues than others are is not blues yet. So a genre starts from the odds of the
probability that the networks themselves give it on average. Prints what the tags are worth on the same tracks.
"""

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from labelled_tracks import LabelledTrack, add_arguments, labelled_tracks, load_embedder
from retrieval import auc
from starter_statistics import TAGS, heard_in

from models.concepts import ConceptTable, load_concepts
from models.starter_space import Heard, StarterSpace, load_statistics
from models.starter_tags import CALIBRATION_FILE, concept_descriptors
from models.tagging import LEAST_CONFIDENCE, MIX, Calibration, Tagger

GENRES = {"metal": "metal", "electronic": "electronic", "orchestral": "orchestral", "ambient": "ambient"}
MOODS = {"battle": "epic", "calm": "calm"}
VOICES = {"femvox": "female-vocals"}
INSTRUMENTS = {
    "piano": "piano", "harpsichord": "harpsichord", "acoustic_guitar": "acoustic-guitar",
    "violin": "violin", "harp": "harp", "strings": "strings", "choir": "choir", "flute": "flute",
    "sitar": "sitar",
}  # fmt: skip
BORROWERS = ("mood", "texture")
DOUBTFUL = {"electronic": "electronic_a"}  # tracks that may have the label too
PENALTY = 0.001  # on the squared slope, per pair


@dataclass(frozen=True, slots=True)
class Pairs:
    """(track, descriptor) pairs of one category."""

    score: np.ndarray
    offset: np.ndarray  # log odds that the descriptor starts from
    hit: np.ndarray  # whether the track has the label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--heard", type=Path, metavar="FILE", help="keep what the networks heard in this .npz")
    options = parser.parse_args()
    tracks, _ = labelled_tracks(options.packages, options.renders)
    logits, embeddings = heard_in([track.path for track in tracks], options.weights, options.heard)
    table = load_concepts()
    space = StarterSpace(table, load_statistics())
    vectors = np.stack([space.place_sound(Heard(*heard, 1)) for heard in zip(logits, embeddings, strict=True)])
    embedder = load_embedder(options.weights)
    descriptors = concept_descriptors(table)
    cosines = vectors @ embedder.embed_text([descriptor.prompts[0] for descriptor in descriptors]).T
    slugs = [descriptor.slug for descriptor in descriptors]
    spread = {slug: (float(c.mean()), float(c.std())) for slug, c in zip(slugs, cosines.T, strict=True)}
    scores = {slug: (c - spread[slug][0]) / spread[slug][1] for slug, c in zip(slugs, cosines.T, strict=True)}
    log_odds = genre_log_odds(table, logits)
    pairs = labelled_pairs(tracks, scores, log_odds)
    logistic = {category: fit_logistic(pairs[category]) for category in ("genre", "instruments")}
    without_offset = replace(pairs["genre"], offset=np.zeros_like(pairs["genre"].offset))
    logistic |= {category: fit_logistic(without_offset) for category in BORROWERS}
    content = {
        "about": "How cosines become the confidence of a tag; see benchmarks/calibrate_tags.py",
        "labelled_tracks": {
            "real": sum(bool(t.package) for t in tracks),
            "renders": sum(not t.package for t in tracks),
        },
        "labelled_pairs": {category: [int(p.hit.sum()), len(p.hit)] for category, p in pairs.items()},
        "borrowed_from_genre": BORROWERS,
        "logistic": {category: _rounded(line) for category, line in logistic.items()},
        "log_odds": {slug: round(value, 3) for slug, value in log_odds.items()},
        "cosines": {slug: _rounded(pair) for slug, pair in spread.items()},
    }
    CALIBRATION_FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(report(pairs, logistic))
    tagger = Tagger(embedder, descriptors, Calibration(spread, logistic, log_odds))
    counts = [len(tagger.tag({MIX: vector}).tags) for vector in vectors]
    print(f"Tags per track: {min(counts)} to {max(counts)}, {np.mean(counts):.1f} on average")


def genre_log_odds(table: ConceptTable, logits: np.ndarray) -> dict[str, float]:
    """For each genre the log odds of the mean, over tracks, of the probability of its likeliest tag."""
    probabilities = 1 / (1 + np.exp(-logits))
    odds = {}
    for concept in table.concepts:
        if concept.category == "genre":
            columns = [TAGS.index(tag) for tag, sign in concept.tags.items() if sign > 0]
            mean = float(probabilities[:, columns].max(1).mean())
            odds[concept.slug] = math.log(mean / (1 - mean))
    return odds


def labelled_pairs(
    tracks: Sequence[LabelledTrack], scores: dict[str, np.ndarray], log_odds: dict[str, float]
) -> dict[str, Pairs]:
    """By category all pairs that the labels decide."""
    real = np.array([bool(track.package) for track in tracks])

    def with_any(labels: set[str]) -> np.ndarray:
        return np.array([bool(track.labels & labels) for track in tracks])

    chosen = {
        "genre": (GENRES, real & with_any(set(GENRES))),
        "mood": (MOODS, real & with_any(set(MOODS) | set(GENRES))),
        "instruments": (INSTRUMENTS, ~real),
        "texture": (VOICES, real),
    }
    return {category: _pairs(tracks, scores, log_odds, *these) for category, these in chosen.items()}


def _pairs(
    tracks: Sequence[LabelledTrack],
    scores: dict[str, np.ndarray],
    log_odds: dict[str, float],
    names: dict[str, str],
    chosen: np.ndarray,
) -> Pairs:
    rows = [
        (score, log_odds.get(slug, 0.0), label in track.labels)
        for label, slug in names.items()
        for track, score, is_chosen in zip(tracks, scores[slug], chosen, strict=True)
        if is_chosen and (label in track.labels or DOUBTFUL.get(label) not in track.labels)
    ]
    score, offset, hit = zip(*rows, strict=True)
    return Pairs(np.array(score), np.array(offset), np.array(hit))


def fit_logistic(pairs: Pairs) -> tuple[float, float]:
    """Slope and intercept of greatest penalised likelihood, by Newton's method."""
    design = np.stack([pairs.score, np.ones_like(pairs.score)], axis=1)
    line = np.zeros(2)
    ridge = np.diag([PENALTY * len(pairs.score), 1e-9])
    for _ in range(50):
        p = _logistic(design @ line + pairs.offset)
        gradient = design.T @ (pairs.hit - p) - ridge @ line
        hessian = (design * (p * (1 - p))[:, None]).T @ design + ridge
        line = line + np.linalg.solve(hessian, gradient)
    return float(line[0]), float(line[1])


def report(pairs: dict[str, Pairs], logistic: dict[str, tuple[float, float]]) -> str:
    lines = [
        f"{'category':12} {'slope':>6} {'offset':>6}   AUC  at {LEAST_CONFIDENCE}: precision  recall   labelled pairs"
    ]
    for category, these in pairs.items():
        slope, intercept = logistic[category]
        logit = slope * these.score + intercept + these.offset
        tagged = _logistic(logit) >= LEAST_CONFIDENCE
        right, hits = int((tagged & these.hit).sum()), int(these.hit.sum())
        lines.append(
            f"{category:12} {slope:6.2f} {intercept:6.2f}  {auc(logit, these.hit):.2f}  "
            f"{right / max(1, tagged.sum()):14.2f} {right / hits:10.2f}   {hits} of {len(these.hit)}"
        )
    return "\n".join(lines)


def _logistic(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


def _rounded(values: tuple[float, float]) -> list[float]:
    return [round(value, 5) for value in values]


if __name__ == "__main__":
    main()
