"""The tagger of the starter profile: of the descriptor bank, what its concepts can express."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import data
from models.embedder import Embedder
from models.starter.concepts import ConceptTable, load_concepts
from models.tagging.descriptor_bank import build_tagger, load_bank
from models.tagging.state import TaggingFiles
from models.tagging.tagger import Calibration, Descriptor, Statistics, Tagger
from polymuse.errors import UserError

CALIBRATION_FILE = Path(data.__file__).with_name("starter_tags.json")

OTHER_SLUGS = {"festive": "party", "sensual": "sexy"}  # descriptors whose concept is called something else


def starter_tagger(embedder: Embedder, files: TaggingFiles = TaggingFiles()) -> Tagger:
    """For the starter embedder. Calibrated on labelled tracks: data/starter_tags.json tells how many.

    Raises UserError for a bank of the user's own in which there is nothing that it can hear.
    """
    descriptors = heard_descriptors(load_bank(files.bank).descriptors, load_concepts())
    if not descriptors:
        message = f"The starter profile can hear none of the descriptors of {files.bank}"
        raise UserError(message, "It knows those of the shipped bank whose slug is in docs/tags.md")
    return build_tagger(embedder, descriptors, shipped_calibration(), files)


def heard_descriptors(descriptors: Sequence[Descriptor], table: ConceptTable) -> list[Descriptor]:
    """The descriptors that a concept of the same slug expresses, with the concept's usual English name as the prompt.

    Left out are those without a concept, and those whose concept is a guess: good enough to rank tracks, not to tag.
    """
    prompts = {concept.slug: concept.aliases["en"][0] for concept in table.concepts if not concept.guessed}
    by_concept = ((each, OTHER_SLUGS.get(each.slug, each.slug)) for each in descriptors)
    return [replace(each, prompts=(prompts[slug],)) for each, slug in by_concept if slug in prompts]


def shipped_calibration() -> Calibration:
    """What benchmarks/calibrate_tags.py measured."""
    content = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    cosines = {
        stem: {slug: (mean, sd) for slug, (mean, sd) in by_slug.items()} for stem, by_slug in content["cosines"].items()
    }
    return Calibration(
        logistic={category: (slope, intercept) for category, (slope, intercept) in content["logistic"].items()},
        statistics=Statistics(sum(content["labelled_tracks"].values()), cosines),
        log_odds=content["log_odds"],
        baseline="shipped",
    )
