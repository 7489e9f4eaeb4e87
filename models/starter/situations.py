"""The situations head: what a sentence that names no concept means, learnt from sentences in sixteen languages.

A linear map from the vector of the sentence encoder, and from hashed groups of characters, to the concepts, and one
that tells such sentences from texts about anything else. Both are fitted by `benchmarks/train_situations.py`, which
also prints how well they do on sentences that they have not seen.
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
SITUATION = 0.5  # halfway between situations and other texts


@dataclass(frozen=True, slots=True)
class SituationsHead:
    """Estimates of concept weights. A value of 1.5 is a concept that surely belongs, -1.5 one that surely does not."""

    slugs: tuple[str, ...]
    weights: np.ndarray  # [FEATURES, concepts] float32
    intercept: np.ndarray  # [concepts] float32
    about: np.ndarray  # [ENCODED + 1] float32: weights and intercept; 1 for a situation, 0 for another text
    least: float  # estimate of a concept that belongs rather than not

    def estimates(self, vector: np.ndarray, text: str) -> np.ndarray:
        """[concepts] float32, from the encoder's vector [512] of norm 1 and the normalised text."""
        return features(vector[None], [text])[0] @ self.weights + self.intercept

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
            about=stored["about"],
            least=float(stored["least"]),
        )


def write_head(head: SituationsHead, path: Path) -> None:
    """Writes a head with weights of 8 bits: a step of 1/127 of the largest weight of a concept."""
    scales = (np.abs(head.weights).max(0) / 127).astype(np.float32)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            slugs=np.array(head.slugs),
            weights=np.rint(head.weights / scales).astype(np.int8),
            scales=scales,
            intercept=head.intercept.astype(np.float32),
            about=head.about.astype(np.float32),
            least=np.float32(head.least),
        )


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
