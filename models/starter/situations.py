"""The situations head: what a sentence that names no concept means, learnt from sentences in sixteen languages.

Two estimates are averaged: a linear map from the vector of the sentence encoder and from hashed groups of characters
to the concepts, and the mean of what known situations mean, weighted by how near they are. A situation is the mean
vector of its sentences in all languages, and vectors are compared where translations of a sentence differ least.
Another linear map tells situations from texts about anything else. `benchmarks/train_situations.py` fits all of it, and
prints how well it does on sentences that it has not seen.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import data

HEAD_FILE = Path(data.__file__).with_name("starter_situations.npz")

ENCODED = 512  # numbers of the encoder's vector, which has norm 1
GROUPS = (2, 3, 4)  # characters of a group
BUCKETS = 2048  # that the groups are hashed to
SHARE = 0.7  # norm of the groups beside the vector of the encoder
FEATURES = ENCODED + BUCKETS
NEARNESS = 160  # numbers of a projected vector, by which situations are compared
TEMPERATURE = 0.06  # of the softmax over cosines with known situations
BY_KNOWN = 0.6  # share of the estimate by known situations
LARGEST = 1.5  # absolute value of what a situation means
SITUATION = 0.5  # halfway between situations and other texts


@dataclass(frozen=True, slots=True)
class KnownSituations:
    """Situations with what they mean."""

    origin: np.ndarray  # [ENCODED] float32, taken from vectors before they are projected
    projection: np.ndarray  # [ENCODED, NEARNESS] float32
    places: np.ndarray  # [situations, NEARNESS] float32 of norm 1
    values: np.ndarray  # [situations, concepts] float32

    def estimates(self, vectors: np.ndarray) -> np.ndarray:
        """[n, concepts] float32 from vectors [n, ENCODED]: means over the situations by a softmax of cosines."""
        cosines = placed(vectors, self.origin, self.projection) @ self.places.T
        shares = np.exp((cosines - cosines.max(1, keepdims=True)) / TEMPERATURE)
        return (shares / shares.sum(1, keepdims=True)) @ self.values


@dataclass(frozen=True, slots=True)
class SituationsHead:
    """Estimates of concept weights. A value of 1.5 is a concept that surely belongs, -1.5 one that surely does not."""

    slugs: tuple[str, ...]
    weights: np.ndarray  # [FEATURES, concepts] float32
    intercept: np.ndarray  # [concepts] float32
    known: "KnownSituations"
    about: np.ndarray  # [ENCODED + 1] float32: weights and intercept; 1 for a situation, 0 for another text
    least: float  # estimate of a concept that belongs rather than not

    def estimates(self, vector: np.ndarray, text: str) -> np.ndarray:
        """[concepts] float32, from the encoder's vector [512] of norm 1 and the normalised text."""
        linear = features(vector[None], [text])[0] @ self.weights + self.intercept
        return combined(linear, self.known.estimates(vector[None])[0])

    def is_situation(self, vector: np.ndarray) -> bool:
        """Whether the text with this vector rather means a situation, or a kind of music, than anything else."""
        return bool(vector @ self.about[:-1] + self.about[-1] >= SITUATION)


@cache
def load_head(path: Path = HEAD_FILE) -> SituationsHead:
    """Reads a head, by default the shipped one."""
    with np.load(path, allow_pickle=False) as stored:
        return SituationsHead(
            slugs=tuple(str(slug) for slug in stored["slugs"]),
            weights=stored["weights"] * stored["scales"],
            intercept=stored["intercept"],
            known=KnownSituations(
                origin=stored["origin"],
                projection=stored["projection"].astype(np.float32),
                places=stored["places"] / np.float32(127),
                values=stored["values"] * np.float32(LARGEST / 127),
            ),
            about=stored["about"],
            least=float(stored["least"]),
        )


def write_head(head: SituationsHead, path: Path) -> None:
    """Writes a head, most of it with 8 bits, in steps of 1/127 of the largest weight of a concept, of 1, of LARGEST."""
    scales = (np.abs(head.weights).max(0) / 127).astype(np.float32)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            slugs=np.array(head.slugs),
            weights=np.rint(head.weights / scales).astype(np.int8),
            scales=scales,
            intercept=head.intercept.astype(np.float32),
            origin=head.known.origin.astype(np.float32),
            projection=head.known.projection.astype(np.float16),
            places=np.rint(head.known.places * 127).astype(np.int8),
            values=np.rint(head.known.values * (127 / LARGEST)).astype(np.int8),
            about=head.about.astype(np.float32),
            least=np.float32(head.least),
        )


def combined(linear: np.ndarray, by_known: np.ndarray) -> np.ndarray:
    """The average of both estimates."""
    return (1 - BY_KNOWN) * linear + BY_KNOWN * by_known


def placed(vectors: np.ndarray, origin: np.ndarray, projection: np.ndarray) -> np.ndarray:
    """[n, NEARNESS] float32 of norm 1: vectors [n, ENCODED] where they are compared."""
    projected = (vectors - origin) @ projection
    return projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-6)


def features(vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """[n, FEATURES] float32: the encoder's vectors [n, 512], and the groups of the normalised texts with norm SHARE."""
    return np.concatenate([vectors, SHARE * np.stack([groups_of(text) for text in texts])], axis=1, dtype=np.float32)


def groups_of(text: str) -> np.ndarray:
    """[BUCKETS] float32 of norm 1: how often each group of characters occurs, dampened by the square root."""
    padded = f" {text} "
    counts = np.zeros(BUCKETS, np.float32)
    for length in GROUPS:
        for start in range(len(padded) - length + 1):
            counts[zlib.crc32(padded[start : start + length].encode()) % BUCKETS] += 1
    counts = np.sqrt(counts)
    return counts / max(float(np.linalg.norm(counts)), 1e-6)
