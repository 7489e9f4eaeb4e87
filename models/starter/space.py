"""The vector space of the starter embedder: [concepts; embedding], standardised by shipped statistics."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import data
from models.starter.concepts import ConceptTable

STATISTICS_FILE = Path(data.__file__).with_name("starter_statistics.json")
EMBEDDING_NORM = np.float32(16)  # the concept scores of most tracks have norm 9 (5 to 16)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Means and standard deviations over the reference tracks."""

    tags: Mapping[str, tuple[float, float]]  # "mtt:guitar" -> mean and deviation of the logit; in their order
    concepts: Mapping[str, float]  # slug -> standard deviation of the mean of its standardised tags
    embedding_mean: np.ndarray  # [400] float32, MTT then MSD
    embedding_sd: np.ndarray  # [400] float32


@dataclass(frozen=True, slots=True)
class TrackFeatures:
    """The outputs of both networks for a passage or a track: means over its patches, MTT before MSD."""

    logits: np.ndarray  # [100] float32
    embedding: np.ndarray  # [400] float32
    patches: int


@cache
def load_statistics(path: Path = STATISTICS_FILE) -> Statistics:
    """Reads the statistics, by default the shipped ones."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Statistics(
        tags={tag: (mean, sd) for tag, (mean, sd) in content["tags"].items()},
        concepts=content["concepts"],
        embedding_mean=np.array(content["embedding"]["mean"], np.float32),
        embedding_sd=np.array(content["embedding"]["sd"], np.float32),
    )


class StarterSpace:
    """Maps concept weights and audio features to comparable unit vectors."""

    def __init__(self, table: ConceptTable, statistics: Statistics, vocabulary: ConceptTable | None = None) -> None:
        """`table`: the concepts made of tags, which vectors of sounds have; `vocabulary`: those that texts can ask for.

        The vocabulary starts with the concepts of the table. By default it is the table.
        """
        self._logit_mean, self._logit_sd = np.array(list(statistics.tags.values()), np.float32).T
        self._embedding_mean = statistics.embedding_mean
        self._embedding_sd = statistics.embedding_sd
        scale = np.array([statistics.concepts[slug] for slug in table.slugs], np.float32)
        self._concepts = concept_matrix(table, list(statistics.tags)) / scale  # [100, concepts]
        self.dim = len(table.concepts) + len(self._embedding_mean)
        self._tagged = len(table.concepts)
        concepts = enumerate((vocabulary or table).concepts)
        self._learnt = {i: np.array(each.direction, np.float32) for i, each in concepts if each.direction}

    def text_vector(self, weights: np.ndarray) -> np.ndarray:
        """Weights of the vocabulary [concepts], not all zero -> [dim] float32 of norm 1.

        A concept of tags is an axis of the space, a learnt one a direction of its own, with a part in the embedding.
        """
        learnt = [index for index in self._learnt if weights[index]]
        tagged = weights[: self._tagged].copy()
        tagged[[index for index in learnt if index < self._tagged]] = 0
        vector = np.zeros(self.dim, np.float32)
        if not learnt:
            vector[: self._tagged] = _unit(tagged)
            return vector
        vector[: self._tagged] = tagged
        for index in learnt:
            vector += weights[index] * self._learnt[index]
        return _unit(vector)

    def audio_vector(self, features: TrackFeatures) -> np.ndarray:
        """Features -> [dim] float32 of norm 1.

        Only the embedding is scaled to a fixed norm before the whole is: the more a track stands out, the larger
        its concept part. Its cosine with a text then ranks tracks nearly like the plain dot product with the
        concept scores does, and better than if both parts had a fixed norm (benchmarks/retrieval.py: AUC .91
        against .89, P@k .64 against .49).
        """
        concepts = (features.logits - self._logit_mean) / self._logit_sd @ self._concepts
        embedding = (features.embedding - self._embedding_mean) / self._embedding_sd
        return _unit(np.concatenate([concepts, EMBEDDING_NORM * _unit(embedding)])).astype(np.float32)


def mean_features(passages: Sequence[TrackFeatures]) -> TrackFeatures:
    """The mean over several passages, weighted by their length."""
    patches = [passage.patches for passage in passages]
    return TrackFeatures(
        np.average([passage.logits for passage in passages], axis=0, weights=patches).astype(np.float32),
        np.average([passage.embedding for passage in passages], axis=0, weights=patches).astype(np.float32),
        sum(patches),
    )


def concept_matrix(table: ConceptTable, tags: list[str]) -> np.ndarray:
    """[tags, concepts] float32: column c averages the tags of concept c; contradicting tags are negated."""
    matrix = np.zeros((len(tags), len(table.concepts)), np.float32)
    for column, concept in enumerate(table.concepts):
        for tag, sign in concept.tags.items():
            matrix[tags.index(tag), column] = sign / len(concept.tags)
    return matrix


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
