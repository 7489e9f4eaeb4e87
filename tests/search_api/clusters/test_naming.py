"""Names of clusters."""

import numpy as np

from polymuse.descriptors import StoredDescriptor
from search_api.clusters.naming import ClusterName, free_name, name_clusters, title

SLUGS = ["calm", "new-age", "piano", "techno"]
EVERYWHERE = np.array([0.2, 0.2, 0.2, 0.2])
VECTOR = np.zeros(4, np.float32)
CALM = StoredDescriptor("calm", "mood", {"en": "calm", "zh": "平静"}, ("calm",), ("mix",), VECTOR)


def test_two_clusters_never_have_the_same_name() -> None:
    calm = [0.9, 0.9, 0.3, 0.0]
    names = name_clusters(np.array([calm, calm, calm, [0.0, 0.0, 0.0, 0.9]]), EVERYWHERE, SLUGS, [()] * 4)
    assert [name.tags for name in names] == [("calm", "new-age"), ("calm", "new-age", "piano")] * 1 + [
        ("calm", "new-age", "piano"),
        ("techno",),
    ]
    assert [name.number for name in names] == [1, 1, 2, 1]
    assert len({title(name, {}) for name in names}) == 4


def test_without_a_common_tag_a_rarer_one_or_the_artists_name_it() -> None:
    shares = np.array([[0.0, 0.0, 0.0, 0.29], EVERYWHERE, EVERYWHERE])
    names = name_clusters(shares, EVERYWHERE, SLUGS, [["A"], ["Clara", "robert", "C"], []])
    assert [title(name, {}) for name in names] == ["Techno", "Clara · Robert", "…"]


def test_the_name_is_in_the_language_of_the_client() -> None:
    name = ClusterName(("calm", "new-age"), number=2)
    assert title(name, {"calm": CALM}, ["zh-Hans-CN"]) == "平静 · New age (2)"
    assert title(name, {"calm": CALM}, ["fr"]) == "Calm · New age (2)"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("Calm", []) == "Calm"
    assert free_name("Calm", ["calm", "Calm (2)", "Calm (4)"]) == "Calm (3)"
