"""The vector space of the starter embedder: [concept part ; embedding part], put on one scale by shipped statistics."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import data
from models.starter.concepts import ConceptTable

STATISTICS_FILE = Path(data.__file__).with_name("starter_statistics.json")
EMBEDDING_NORM = np.float32(16)  # beside concept scores of norm 9 for most tracks (5 to 16)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Means and standard deviations over the reference tracks that the file names."""

    tags: Mapping[str, tuple[float, float]]  # "mtt:guitar" -> of the track's mean logit; in the order of the logits
    concepts: Mapping[str, float]  # slug -> standard deviation of the mean of its standardised tags
    embedding_mean: np.ndarray  # [400] float32, MTT then MSD
    embedding_sd: np.ndarray  # [400] float32


@dataclass(frozen=True, slots=True)
class Heard:
    """What the two networks say about one passage: means over its patches, MTT before MSD."""

    logits: np.ndarray  # [100] float32
    embedding: np.ndarray  # [400] float32
    patches: int


@cache
def load_statistics(path: Path = STATISTICS_FILE) -> Statistics:
    """Reads the statistics that are shipped."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Statistics(
        tags={tag: (mean, sd) for tag, (mean, sd) in content["tags"].items()},
        concepts=content["concepts"],
        embedding_mean=np.array(content["embedding"]["mean"], np.float32),
        embedding_sd=np.array(content["embedding"]["sd"], np.float32),
    )


class StarterSpace:
    """Turns concept weights and what the networks heard into unit vectors that can be compared."""

    def __init__(self, table: ConceptTable, statistics: Statistics) -> None:
        self._logit_mean, self._logit_sd = np.array(list(statistics.tags.values()), np.float32).T
        self._embedding_mean = statistics.embedding_mean
        self._embedding_sd = statistics.embedding_sd
        scale = np.array([statistics.concepts[slug] for slug in table.slugs], np.float32)
        self._concepts = concept_matrix(table, list(statistics.tags)) / scale  # [100, concepts]
        self.dim = len(table.concepts) + len(self._embedding_mean)

    def place_text(self, weights: np.ndarray) -> np.ndarray:
        """Concept weights [concepts], not all zero -> [dim] float32 of norm 1, without an embedding part."""
        vector = np.zeros(self.dim, np.float32)
        vector[: len(weights)] = _unit(weights)
        return vector

    def place_sound(self, heard: Heard) -> np.ndarray:
        """What was heard -> [dim] float32 of norm 1.

        Only the embedding is brought to a fixed norm before the whole is: the more a track stands out, the larger
        its concept part. Its cosine with a text then ranks tracks nearly like the plain dot product with the
        concept scores does, and better than if both parts had norms of their own (benchmarks/retrieval.py: AUC .91
        against .89, P@k .64 against .49).
        """
        concepts = (heard.logits - self._logit_mean) / self._logit_sd @ self._concepts
        embedding = (heard.embedding - self._embedding_mean) / self._embedding_sd
        return _unit(np.concatenate([concepts, EMBEDDING_NORM * _unit(embedding)])).astype(np.float32)


def mean_heard(heard: Sequence[Heard]) -> Heard:
    """Of several passages, each as important as it is long."""
    patches = [passage.patches for passage in heard]
    return Heard(
        np.average([passage.logits for passage in heard], axis=0, weights=patches).astype(np.float32),
        np.average([passage.embedding for passage in heard], axis=0, weights=patches).astype(np.float32),
        sum(patches),
    )


def concept_matrix(table: ConceptTable, tags: list[str]) -> np.ndarray:
    """[tags, concepts] float32: column c averages the tags of concept c, those that speak against it negated."""
    matrix = np.zeros((len(tags), len(table.concepts)), np.float32)
    for column, concept in enumerate(table.concepts):
        for tag, sign in concept.tags.items():
            matrix[tags.index(tag), column] = sign / len(concept.tags)
    return matrix


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
