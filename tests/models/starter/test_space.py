"""Vectors of sounds and texts, worked out by hand."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.starter.concepts import ConceptTable, load_concepts
from models.starter.space import (
    StarterSpace,
    Statistics,
    TrackFeatures,
    concept_matrix,
    load_statistics,
    mean_features,
)


def table_of(piano: Mapping[str, int], drums: Mapping[str, int]) -> ConceptTable:
    """Two concepts, and the tags that count for and against them."""
    tags = {"piano": piano, "drums": drums}
    concepts = {concept.slug: concept for concept in load_concepts().concepts}
    return replace(load_concepts(), concepts=tuple(replace(concepts[slug], tags=tags[slug]) for slug in tags))


@pytest.fixture
def space() -> StarterSpace:
    """Two concepts out of three tags, and an embedding of two numbers."""
    table = table_of({"a": 1, "b": -1}, {"c": 1})
    statistics = Statistics(
        tags={"a": (1.0, 1.0), "b": (0.0, 2.0), "c": (0.0, 1.0)},
        concepts={"piano": 0.5, "drums": 1.0},
        embedding_mean=np.array([1, 1], np.float32),
        embedding_sd=np.array([1, 2], np.float32),
    )
    return StarterSpace(table, statistics)


def test_sound_has_concepts_and_an_embedding_of_fixed_norm(space: StarterSpace) -> None:
    """Tags: (3-1)/1 = 2, (2-0)/2 = 1, 2. Piano: (2 - 1) / 2 / 0.5 = 1; drums: 2.
    Embedding: (4-1)/1 = 3, (9-1)/2 = 4, of norm 5, brought to 16. The whole: norm sqrt(1 + 4 + 256).
    """
    features = TrackFeatures(np.array([3, 2, 2], np.float32), np.array([4, 9], np.float32), 1)
    expected = np.array([1, 2, 16 * 3 / 5, 16 * 4 / 5]) / np.sqrt(261)
    assert space.audio_vector(features) == pytest.approx(expected)


def test_text_has_a_concept_part_only(space: StarterSpace) -> None:
    """Weights (3, -4), norm 5."""
    assert space.text_vector(np.array([3, -4], np.float32)) == pytest.approx([0.6, -0.8, 0, 0])


def test_a_learnt_concept_is_a_direction(space: StarterSpace) -> None:
    """Drums learnt as (0, .3, 0, .4): piano and not drums are (1, -.3, 0, -.4) of norm sqrt(1.25)."""
    table = table_of({"a": 1}, {"c": 1})
    piano, drums = table.concepts
    harp = replace(piano, slug="harp", direction=(0.0, 0.0, 2.0, 0.0))
    vocabulary = replace(table, concepts=(piano, replace(drums, direction=(0.0, 0.3, 0.0, 0.4)), harp))
    statistics = Statistics({"a": (0.0, 1.0), "c": (0.0, 1.0)}, {"piano": 1.0, "drums": 1.0}, *np.ones((2, 2)))
    learnt = StarterSpace(table, statistics, vocabulary)
    expected = np.array([1, -0.3, 0, -0.4]) / np.sqrt(1.25)
    assert learnt.text_vector(np.array([1, -1, 0], np.float32)) == pytest.approx(expected)
    assert learnt.text_vector(np.array([0, 0, 1], np.float32)) == pytest.approx([0, 0, 1, 0])


def test_longer_passages_count_more() -> None:
    """(1 * 0 + 3 * 4) / 4 = 3."""
    short, long = (
        TrackFeatures(np.full(100, v, np.float32), np.full(400, v, np.float32), n) for v, n in ((0, 1), (4, 3))
    )
    both = mean_features([short, long])
    assert set(both.logits) == set(both.embedding) == {3.0}
    assert both.patches == 4


def test_contradicting_tags_are_subtracted_from_the_mean() -> None:
    """Piano: "a" for, "b" against, "c" for; drums: "c" alone."""
    matrix = concept_matrix(table_of({"a": 1, "b": -1, "c": 1}, {"c": 1}), ["a", "b", "c", "d"])
    expected = [[1 / 3, 0], [-1 / 3, 0], [1 / 3, 1], [0, 0]]
    assert matrix == pytest.approx(np.array(expected))


def test_statistics_are_read_as_they_stand_in_the_file(tmp_path: Path) -> None:
    embedding = {"mean": [1, 2], "sd": [3, 4]}
    content = {"tags": {"mtt:b": [0.5, 2], "mtt:a": [0, 1]}, "concepts": {"piano": 0.25}, "embedding": embedding}
    (tmp_path / "statistics.json").write_text(json.dumps(content))
    statistics = load_statistics(tmp_path / "statistics.json")
    assert list(statistics.tags.items()) == [("mtt:b", (0.5, 2)), ("mtt:a", (0, 1))]  # in the order of the logits
    assert statistics.concepts == {"piano": 0.25}
    assert (statistics.embedding_mean.tolist(), statistics.embedding_sd.tolist()) == ([1, 2], [3, 4])
    assert statistics.embedding_mean.dtype == statistics.embedding_sd.dtype == np.float32


def test_shipped_statistics_fit_the_networks() -> None:
    statistics = load_statistics()
    assert len(statistics.tags) == 100
    assert statistics.embedding_mean.shape == statistics.embedding_sd.shape == (400,)
    assert set(statistics.concepts) == set(load_concepts().slugs)
