"""What the shipped tables of the starter profile must keep to."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from models.starter.concepts import CONCEPTS_FILE, load_concepts, normalise
from models.starter.learnt import load_vocabulary
from models.starter.musicnn import MSD_TAGS, MTT_TAGS
from models.starter.query_reader import Named, QueryReader
from models.starter.space import STATISTICS_FILE, load_statistics
from models.starter.tags import CALIBRATION_FILE, expressible_descriptors
from models.tagging.descriptor_bank import load_bank

TABLE = load_concepts()
LANGUAGES = {"en", "zh", "es", "fr", "de", "pt", "it", "ru", "ar", "ja", "ko", "hi"}  # at least


def test_slugs_are_unique_and_every_category_is_there() -> None:
    assert len(set(TABLE.slugs)) == len(TABLE.slugs)
    assert set(Counter(concept.category for concept in TABLE.concepts)) == {"mood", "genre", "instruments", "texture"}


@pytest.mark.parametrize("concept", TABLE.concepts, ids=TABLE.slugs)
def test_concept_is_made_of_tags_that_the_networks_give(concept) -> None:
    known = {f"mtt:{tag}" for tag in MTT_TAGS} | {f"msd:{tag}" for tag in MSD_TAGS}
    assert set(concept.tags) <= known
    assert set(concept.tags.values()) <= {1, -1}
    assert 1 in concept.tags.values()
    assert concept.opposite is None or concept.opposite in TABLE.slugs


@pytest.mark.parametrize("concept", TABLE.concepts, ids=TABLE.slugs)
def test_concept_has_names_in_every_language(concept) -> None:
    assert set(concept.aliases) == set(TABLE.languages) >= LANGUAGES
    assert all(names for names in concept.aliases.values())


def test_no_name_belongs_to_two_concepts() -> None:
    owners = Counter(alias for alias, _ in TABLE.aliases())
    assert [alias for alias, count in owners.items() if count > 1] == []


def test_every_name_is_read_as_its_concept_and_nothing_else() -> None:
    """Also what is shipped inside longer names: "acoustic guitar" is not "guitar", "ohne Gesang" is not "Gesang"."""
    reader = QueryReader(TABLE)
    misread = {
        alias: items
        for position, concept in enumerate(TABLE.concepts)
        for names in concept.aliases.values()
        for alias in names
        if (items := reader.read(alias)) != [Named(position, wanted=True)]
    }
    assert misread == {}


def test_statistics_cover_all_tags_and_concepts() -> None:
    statistics = load_statistics()
    assert list(statistics.tags) == [f"mtt:{tag}" for tag in MTT_TAGS] + [f"msd:{tag}" for tag in MSD_TAGS]
    assert set(statistics.concepts) == set(TABLE.slugs)
    assert min(sd for _, sd in statistics.tags.values()) > 0
    assert min(statistics.concepts.values()) > 0
    assert min(statistics.embedding_sd) > 0


def test_calibration_covers_all_descriptors() -> None:
    calibration = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    descriptors = expressible_descriptors(load_bank().descriptors, load_vocabulary())
    assert set(calibration["cosines"]) == {"mix", "vocals", "instrumental"}
    for stem, cosines in calibration["cosines"].items():
        assert set(cosines) >= {each.slug for each in descriptors if stem in each.stems}
        assert set(cosines) <= {each.slug for each in descriptors}
    assert set(calibration["logistic"]) == {descriptor.category for descriptor in descriptors}
    assert all(slope > 0 for slope, _ in calibration["logistic"].values())


def test_names_are_not_lost_in_normalisation() -> None:
    assert all(normalise(alias) for c in TABLE.concepts for names in c.aliases.values() for alias in names)


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        (CONCEPTS_FILE, "9f5b30315f68157039c9e991cc6e99aa1495c178de5f434f35d6776a875eb0ca"),
        (STATISTICS_FILE, "3249a476e097a5aaa3ce8e1c333979484a7cfc883c6479eb575d22cc362cee4f"),
    ],
    ids=["concepts", "statistics"],
)
def test_files_that_stored_vectors_are_made_with_never_change(file: Path, digest: str) -> None:
    """Their bytes are part of the fingerprint of every library: a changed name would have all tracks analysed again.

    What only concerns texts belongs into the files of `models.starter.text_version`.
    """
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
