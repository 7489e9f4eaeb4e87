"""How well sentences that name no concept are understood: by names, as the starter profile does, and by a learnt head.

    python benchmarks/situations.py [--corpus data/situations.jsonl] [--out FILE.npz]

Each line of the corpus is a family: a situation, weights over concepts, and sentences in sixteen languages. The head is
a ridge regression from the vectors of the sentence encoder, and of hashed groups of characters, to these weights. It is
measured on sentences that it has not seen, twice: with whole families held out (five folds), and with a whole
language held out. Three figures, in per cent, per language and of all:

    best    the best concept is one that the family wants
    three   one of the best three is
    wrong   one of the best three is one that the family rejects

Prints its settings. `--out` writes the head that is fitted to everything.
"""

import argparse
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import data
from models.starter.concept_query import AliasEncoder, ConceptQuery
from models.starter.concepts import load_concepts, normalise
from polymuse.errors import UserError

CORPUS = Path(data.__file__).with_name("situations.jsonl")
FOLDS = 5
PENALTY = 10.0  # of the ridge, on vectors of norm 1
GROUPS = (2, 3, 4)  # characters of a group
BUCKETS = 2048  # that the groups are hashed to
SHARE = 0.5  # norm of the groups beside the vector of the encoder


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the corpus, and what its family means."""

    text: str
    language: str
    family: str
    weights: np.ndarray  # [concepts]; negative for rejected ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the head, fitted to all sentences")
    options = parser.parse_args()

    sentences = read_corpus(options.corpus)
    features = sentence_features([each.text for each in sentences])
    targets = np.stack([each.weights for each in sentences])
    families = sorted({each.family for each in sentences})
    languages = sorted({each.language for each in sentences})
    print(f"{len(sentences)} sentences, {len(families)} families, {len(languages)} languages; ridge {PENALTY:g}")

    fold_of = {family: number % FOLDS for number, family in enumerate(families)}
    by_family = held_out(features, targets, [str(fold_of[each.family]) for each in sentences])
    by_language = held_out(features, targets, [each.language for each in sentences])
    rows = [("names", by_names(sentences)), ("families held out", by_family), ("languages held out", by_language)]
    print_table(sentences, rows)
    if options.out is not None:
        np.savez_compressed(options.out, weights=fit(features, targets).astype(np.float16))
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


def sentence_features(texts: Sequence[str]) -> np.ndarray:
    """[n, 512 + BUCKETS] float32: the vector of the encoder, of norm 1, and that of the groups, of norm SHARE."""
    encoder = AliasEncoder(load_concepts(), cache=None)
    vectors = np.concatenate([encoder.vectors(texts[start : start + 64]) for start in range(0, len(texts), 64)])
    return np.concatenate([vectors, SHARE * np.stack([groups_of(text) for text in texts])], axis=1)


def groups_of(text: str) -> np.ndarray:
    """[BUCKETS] float32 of norm 1: how often each group of characters occurs, dampened by the square root."""
    padded = f" {normalise(text)} "
    counts = np.zeros(BUCKETS, np.float32)
    for length in GROUPS:
        for start in range(len(padded) - length + 1):
            counts[zlib.crc32(padded[start : start + length].encode()) % BUCKETS] += 1
    counts = np.sqrt(counts)
    return counts / max(float(np.linalg.norm(counts)), 1e-6)


def fit(features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """[features + 1, concepts]: ridge regression; the last row is the intercept, which is not penalised."""
    mean_x, mean_y = features.mean(0, dtype=np.float64), targets.mean(0, dtype=np.float64)
    x, y = features - mean_x, targets - mean_y
    weights = np.linalg.solve(x.T @ x + PENALTY * np.eye(x.shape[1]), x.T @ y)
    return np.vstack([weights, mean_y - mean_x @ weights])


def held_out(features: np.ndarray, targets: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """[n, concepts]: what each sentence means by a head that has seen no sentence of its group."""
    found = np.zeros_like(targets)
    keys = np.array(groups)
    for group in sorted(set(groups)):
        weights = fit(features[keys != group], targets[keys != group])
        found[keys == group] = features[keys == group] @ weights[:-1] + weights[-1]
    return found


def by_names(sentences: Iterable[Sentence]) -> np.ndarray:
    """[n, concepts]: what the starter profile makes of the sentences; zeros where it refuses."""
    query = ConceptQuery(load_concepts(), cache=None)

    def weights(text: str) -> np.ndarray:
        try:
            return query.weights(text)
        except UserError:
            return np.zeros(len(load_concepts().slugs), np.float32)

    return np.stack([weights(each.text) for each in sentences])


def quality(found: np.ndarray, targets: np.ndarray) -> tuple[float, float, float]:
    """Per cent of sentences whose best concept is wanted, one of whose best three is, and is rejected."""
    order = np.argsort(-found, axis=1, kind="stable")[:, :3]
    best = np.take_along_axis(targets, order, axis=1)
    answered = found.any(axis=1)
    wanted, rejected = best > 0, best < 0
    return (
        100 * float((wanted[:, 0] & answered).mean()),
        100 * float((wanted.any(axis=1) & answered).mean()),
        100 * float((rejected.any(axis=1) & answered).mean()),
    )


def print_table(sentences: Sequence[Sentence], rows: Sequence[tuple[str, np.ndarray]]) -> None:
    targets = np.stack([each.weights for each in sentences])
    of_language = np.array([each.language for each in sentences])
    print(f"{'':8}" + "".join(f"{name:>24}" for name, _ in rows))
    print(f"{'':8}" + "".join(f"{'best three wrong':>24}" for _ in rows))
    for language in [*sorted(set(of_language)), "all"]:
        here = (of_language == language) | (language == "all")
        cells = ["{:6.1f}{:6.1f}{:6.1f}".format(*quality(found[here], targets[here])) for _, found in rows]
        print(f"{language:8}" + "".join(f"{cell:>24}" for cell in cells))


if __name__ == "__main__":
    main()
