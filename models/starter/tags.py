"""The tagger of the starter profile: the descriptors of the bank that have a concept."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import data
from models.embedder import Embedder
from models.starter.concepts import ConceptTable
from models.starter.learnt import load_vocabulary
from models.tagging.descriptor_bank import build_tagger, load_bank
from models.tagging.state import TaggingFiles
from models.tagging.tagger import Calibration, Descriptor, Statistics, Tagger
from polymuse.errors import UserError
from polymuse.music import MIX

CALIBRATION_FILE = Path(data.__file__).with_name("starter_tags.json")

OTHER_SLUGS = {"festive": "party", "sensual": "sexy"}  # descriptors whose concept has another slug


def starter_tagger(embedder: Embedder, files: TaggingFiles = TaggingFiles()) -> Tagger:
    """The tagger for the starter embedder, calibrated on the labelled tracks counted in data/starter_tags.json.

    Raises UserError for a user's bank without any supported descriptor.
    """
    descriptors = expressible_descriptors(load_bank(files.bank).descriptors, load_vocabulary())
    if not descriptors:
        message = f"The starter profile supports none of the descriptors of {files.bank}"
        raise UserError(message, "It supports those of the shipped bank whose slug is in docs/tags.md")
    return build_tagger(embedder, descriptors, shipped_calibration(), files)


def expressible_descriptors(descriptors: Sequence[Descriptor], table: ConceptTable) -> list[Descriptor]:
    """The descriptors that have a concept, with the concept's first English name as the prompt.

    Descriptors whose concept is only guessed are left out: that is good enough to rank tracks, but not to tag them.
    Learnt concepts were learnt from mixes, so only the mix is compared with them.
    """
    concepts = {concept.slug: concept for concept in table.concepts if not concept.guessed}
    by_concept = ((each, concepts.get(OTHER_SLUGS.get(each.slug, each.slug))) for each in descriptors)
    return [
        replace(each, prompts=(concept.aliases["en"][0],), stems=(MIX,) if concept.direction else each.stems)
        for each, concept in by_concept
        if concept is not None
    ]


def shipped_calibration() -> Calibration:
    """The calibration measured by benchmarks/calibrate_tags.py."""
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
