"""The tagger of the starter profile: its descriptors are its concepts."""

import json
from pathlib import Path

import data
from models.concepts import ConceptTable, load_concepts
from models.embedder import Embedder
from models.tagging import Calibration, Descriptor, Tagger, Voice

CALIBRATION_FILE = Path(data.__file__).with_name("starter_tags.json")


def starter_tagger(embedder: Embedder) -> Tagger:
    """For the starter embedder. Calibrated on labelled tracks: data/starter_tags.json tells how many."""
    content = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    calibration = Calibration(
        cosines={slug: (mean, sd) for slug, (mean, sd) in content["cosines"].items()},
        logistic={category: (slope, intercept) for category, (slope, intercept) in content["logistic"].items()},
        log_odds=content["log_odds"],
    )
    return Tagger(embedder, concept_descriptors(load_concepts()), calibration)


def concept_descriptors(table: ConceptTable) -> list[Descriptor]:
    """One descriptor per concept that is heard directly, with its usual English name as the prompt."""
    return [
        Descriptor(
            concept.slug,
            concept.category,
            prompts=(concept.aliases["en"][0],),
            voice=None if concept.voice is None else Voice(concept.voice),
        )
        for concept in table.concepts
        if not concept.guessed
    ]
