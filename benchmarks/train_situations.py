"""Train the situations head of the starter profile, and measure how well it understands sentences it has not seen.

    python benchmarks/train_situations.py [--corpus FILE] [--out data/starter_situations.npz]

Each line of the corpus is a family: a situation, weights over concepts, and sentences in sixteen languages. Short
English phrases of the same kind are only learnt from. The head averages two estimates. One is a ridge regression from
the vectors of the sentence encoder (of Hindi and Vietnamese: of their English glosses), and of hashed groups of
characters, to the weights. The other is a mean of the weights of families and phrases, by the nearness of their mean
vectors after a linear discriminant analysis, which finds where families differ more than the translations within them.

It is measured twice: with whole families held out (five folds), and with a whole language held out, where the same
situations are known from the others. Four figures, in per cent, per language and of all, of the three concepts with the
largest estimates, if they are at least LEAST:

    best      the best one is one that the family wants
    three     one of them is
    wrong     one of them is wrong for the family
    rejected  one of them is what its author rejects outright, with a weight of at most -.7

A second regression tells situations from other texts. Its figures: the shares of the corpus, and of counterexamples in
sixteen languages, that it takes for situations; English counterexamples and random letters are learnt from. Training
takes a few minutes on one core. `--out` writes the head that is fitted to everything.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Any

import numpy as np

import data
from models.starter.concept_query import AliasEncoder
from models.starter.concepts import load_concepts, normalise
from models.starter.glosses import in_english
from models.starter.situations import (
    ENCODED,
    NEARNESS,
    SITUATION,
    KnownSituations,
    SituationsHead,
    combined,
    features,
    placed,
    write_head,
)

CORPUS = Path(data.__file__).with_name("situations.jsonl")
PHRASES = CORPUS.with_name("situation_phrases.jsonl")
COUNTEREXAMPLES = CORPUS.with_name("situation_counterexamples.json")
FOLDS = 5
PENALTY = 10.0  # of the ridge, on vectors of norm 1
PHRASE_WEIGHT = 3.0  # of a phrase, which stands for several sentences
BONUS, MALUS = 0.5, 0.5  # added to wanted weights, taken from wrong ones: being right counts more than how much
REJECTED = -0.7  # weight of a concept that the author of a family rejects outright; others are only wrong
LEAST = 0.4  # of a concept among the best three


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the corpus, and what its family means."""

    text: str
    language: str
    family: str
    weights: np.ndarray  # [concepts]; negative for wrong ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the head, fitted to all sentences")
    options = parser.parse_args()

    sentences, phrases = read_corpus(options.corpus), read_corpus(PHRASES)
    learner = Learner(sentences, phrases)
    families = sorted({each.family for each in sentences})
    print(f"{len(sentences)} sentences, {len(families)} families, {len(phrases)} phrases; ridge {PENALTY:g}")

    fold_of = {family: number % FOLDS for number, family in enumerate(families)}
    by_family = learner.held_out([str(fold_of[each.family]) for each in sentences])
    by_language = learner.held_out([each.language for each in sentences])
    print_table(sentences, [("families held out", by_family), ("languages held out", by_language)])
    print_situations(learner)
    if options.out is not None:
        write_head(learner.head(), options.out)
        print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB")


def read_corpus(path: Path) -> list[Sentence]:
    """The sentences of a corpus, in its order."""
    slugs = {slug: index for index, slug in enumerate(load_concepts().slugs)}
    sentences = []
    for line in path.read_text("utf-8").splitlines():
        family = json.loads(line)
        weights = np.zeros(len(slugs), np.float32)
        for slug, weight in family["concepts"].items():
            weights[slugs[slug]] = weight
        for language, texts in family["texts"].items():
            sentences += [Sentence(text, language, family["family"], weights) for text in texts]
    return sentences


class Learner:
    """Ridge regressions on the same sentences with some of them held out; phrases are always learnt from."""

    def __init__(self, sentences: Sequence[Sentence], phrases: Sequence[Sentence]) -> None:
        self._sentences = len(sentences)
        self._family = np.array([each.family for each in sentences])
        self._x = sentence_features([each.text for each in (*sentences, *phrases)])
        self._targets = np.stack([target(each.weights) for each in (*sentences, *phrases)])
        self._of = np.array([1.0] * len(sentences) + [PHRASE_WEIGHT] * len(phrases), np.float32)

    def held_out(self, groups: Sequence[str]) -> np.ndarray:
        """[sentences, concepts]: estimates for each sentence by a head that has seen no sentence of its group."""
        keys = np.array(groups)
        found = np.zeros((self._sentences, self._targets.shape[1]), np.float32)
        whole = self._moments(slice(None))
        for group in sorted(set(groups)):
            out, rest = np.flatnonzero(keys == group), np.flatnonzero(keys != group)
            held = self._moments(out)
            weights, intercept = solve(*(of_all - of_held for of_all, of_held in zip(whole, held, strict=True)))
            known = self._known(rest)
            found[out] = combined(self._x[out] @ weights + intercept, known.estimates(self.vectors[out]))
        return found

    def head(self) -> SituationsHead:
        """The head that is fitted to everything."""
        weights, intercept = solve(*self._moments(slice(None)))
        known = self._known(np.arange(self._sentences))
        return SituationsHead(load_concepts().slugs, weights, intercept, known, self.about(slice(None)), LEAST)

    def _known(self, rows: np.ndarray) -> KnownSituations:
        """The families of these rows, each with the mean of its vectors, and the phrases."""
        _, first, family = np.unique(self._family[rows], return_index=True, return_inverse=True)
        vectors = self.vectors[rows].astype(np.float64)
        means = np.zeros((len(first), ENCODED))
        np.add.at(means, family, vectors)
        means /= np.bincount(family)[:, None]
        origin = vectors.mean(0)
        situations = np.concatenate([means, self._x[self._sentences :, :ENCODED]])
        projection = discriminants(vectors - means[family], situations - origin)
        values = np.concatenate([self._targets[rows][first], self._targets[self._sentences :]])
        return KnownSituations(origin, projection, placed(situations, origin, projection), values)

    def about(self, rows: slice | np.ndarray) -> np.ndarray:
        """[ENCODED + 1]: what tells these rows from the counterexamples to learn from; both count alike."""
        situations, others = self._x[rows, :ENCODED], encoded(counterexamples("learnt") + random_letters())
        x = np.concatenate([situations, others])
        y = np.repeat(np.array([1.0, 0.0], np.float32), [len(situations), len(others)])
        of = np.where(y > 0, 0.5 / len(situations), 0.5 / len(others)) * len(x)
        weighted = x * of[:, None]
        weights, intercept = solve(len(x), weighted.sum(0), of @ y[:, None], weighted.T @ x, weighted.T @ y[:, None])
        return np.append(weights[:, 0], intercept)

    @property
    def vectors(self) -> np.ndarray:
        """[sentences, ENCODED]: those of the encoder."""
        return self._x[: self._sentences, :ENCODED]

    def _moments(self, rows: slice | np.ndarray) -> tuple[Any, ...]:
        """Weighted sums over rows of 1, x, y, the outer products of x with itself, and with y."""
        of, x, y = self._of[rows], self._x[rows], self._targets[rows]
        weighted = x * of[:, None]
        return float(of.sum()), weighted.sum(0, dtype=np.float64), of @ y, (weighted.T @ x), (weighted.T @ y)


def discriminants(within: np.ndarray, between: np.ndarray) -> np.ndarray:
    """[ENCODED, NEARNESS]: whitens deviations within families [n, ENCODED], and keeps where families differ most."""
    sizes, directions = np.linalg.eigh(within.T @ within / len(within))
    whitening = directions / np.sqrt(sizes + sizes.mean()) @ directions.T
    apart = between @ whitening
    _, principal = np.linalg.eigh(apart.T @ apart)  # ascending
    return whitening @ principal[:, ::-1][:, :NEARNESS]


def target(weights: np.ndarray) -> np.ndarray:
    """[concepts] float32: what the head learns to estimate."""
    return weights + BONUS * (weights > 0) - MALUS * (weights < 0)


def sentence_features(texts: Sequence[str]) -> np.ndarray:
    """[n, FEATURES] float32, as `ConceptQuery` makes them."""
    return features(encoded(texts), [normalise(text) for text in texts])


def encoded(texts: Sequence[str]) -> np.ndarray:
    """[n, ENCODED] float32 of norm 1: the encoder's vectors of the texts, of their glosses where they need one."""
    encoder = _encoder()
    read = [in_english(normalise(text)) for text in texts]
    return np.concatenate([encoder.vectors(read[start : start + 64]) for start in range(0, len(read), 64)])


@cache
def _encoder() -> AliasEncoder:
    return AliasEncoder(load_concepts(), cache=None)


def counterexamples(kind: str) -> list[str]:
    """Texts that mean no situation, to be "learnt" from or "held_out"."""
    return json.loads(COUNTEREXAMPLES.read_text("utf-8"))[kind]


def random_letters() -> list[str]:
    """A hundred lines of one to four random words."""
    random = Random(1)
    lengths = [[random.randint(2, 9) for _ in range(random.randint(1, 4))] for _ in range(100)]
    return [" ".join("".join(random.choices(ascii_lowercase, k=n)) for n in line) for line in lengths]


def solve(n: float, x: np.ndarray, y: np.ndarray, xx: np.ndarray, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ridge regression from weighted sums: weights [features, concepts], intercept [concepts], which has no penalty."""
    centred = xx - np.outer(x, x) / n + PENALTY * np.eye(len(x))
    weights = np.linalg.solve(centred, xy - np.outer(x, y) / n)
    return weights.astype(np.float32), ((y - x @ weights) / n).astype(np.float32)


def quality(found: np.ndarray, weights: np.ndarray) -> tuple[float, float, float, float]:
    """Per cent of sentences whose best concept is wanted, one of whose best three is, is wrong, and is rejected."""
    order = np.argsort(-found, axis=1, kind="stable")[:, :3]
    of_best = np.take_along_axis(weights, order, axis=1)
    named = np.take_along_axis(found, order, axis=1) >= LEAST
    return (
        100 * float(((of_best[:, 0] > 0) & named[:, 0]).mean()),
        100 * float(((of_best > 0) & named).any(axis=1).mean()),
        100 * float(((of_best < 0) & named).any(axis=1).mean()),
        100 * float(((of_best <= REJECTED) & named).any(axis=1).mean()),
    )


def print_situations(learner: Learner) -> None:
    about = learner.about(slice(None))
    taken = {
        "of the corpus, also learnt from": learner.vectors,
        "of counterexamples that are not": encoded(counterexamples("held_out")),
    }
    for what, vectors in taken.items():
        share = (vectors @ about[:-1] + about[-1] >= SITUATION).mean()
        print(f"taken for situations {what}: {100 * share:.1f}")


def print_table(sentences: Sequence[Sentence], rows: Sequence[tuple[str, np.ndarray]]) -> None:
    weights = np.stack([each.weights for each in sentences])
    of_language = np.array([each.language for each in sentences])
    print(f"{'':8}" + "".join(f"{name:>36}" for name, _ in rows))
    print(f"{'':8}" + "".join(f"{'best three wrong rejected':>36}" for _ in rows))
    for language in [*sorted(set(of_language)), "all"]:
        here = (of_language == language) | (language == "all")
        cells = ["{:6.1f}{:6.1f}{:6.1f}{:9.1f}".format(*quality(found[here], weights[here])) for _, found in rows]
        print(f"{language:8}" + "".join(f"{cell:>36}" for cell in cells))


if __name__ == "__main__":
    main()
