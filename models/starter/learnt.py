"""Learnt concepts: what no tag of the networks means, as directions in the space of the vectors that libraries store.

A direction was fitted to vectors of renders of known instruments (benchmarks/train_instruments.py), so the cosine
of a stored vector with it ranks tracks by that instrument, in libraries that were indexed before it was learnt too.
Names are in `data/learnt_concepts.json`, directions in `data/learnt_directions.json`; both change only the vectors of
texts, never those of tracks.
"""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import data
from models.starter.concepts import Concept, ConceptTable, load_concepts, normalise

NAMES_FILE = Path(data.__file__).with_name("learnt_concepts.json")
DIRECTIONS_FILE = Path(data.__file__).with_name("learnt_directions.json")


@cache
def load_vocabulary(names: Path = NAMES_FILE, directions: Path = DIRECTIONS_FILE) -> ConceptTable:
    """All concepts that a text can ask for: those of tags in their order, then the learnt ones.

    A learnt concept takes the place of one of tags with the same slug, and its names from all others.
    """
    table = load_concepts()
    learnt = {concept.slug: concept for concept in _load_learnt(names, directions)}
    taken = {normalise(name) for concept in learnt.values() for each in concept.aliases.values() for name in each}
    tagged = tuple(learnt.pop(each.slug, None) or _without(each, taken) for each in table.concepts)
    return replace(table, concepts=(*tagged, *learnt.values()))


def _load_learnt(names: Path, directions: Path) -> list[Concept]:
    """The concepts of the file `names` that have a direction; it is as long as its weight.

    The weight brings the cosines with a direction to the spread of those with a concept of tags: so both count alike
    when a text names both.
    """
    vectors = json.loads(directions.read_text(encoding="utf-8"))["directions"]
    return [
        Concept(
            slug=entry["slug"],
            category=entry["category"],
            tags={},
            opposite=entry.get("opposite"),
            voice=None,
            guessed=False,
            aliases={language: tuple(aliases) for language, aliases in entry["aliases"].items()},
            direction=tuple(vectors[entry["slug"]]["weight"] * number for number in vectors[entry["slug"]]["unit"]),
        )
        for entry in json.loads(names.read_text(encoding="utf-8"))["concepts"]
        if entry["slug"] in vectors
    ]


def _without(concept: Concept, taken: set[str]) -> Concept:
    aliases = {
        language: tuple(name for name in names if normalise(name) not in taken)
        for language, names in concept.aliases.items()
    }
    return concept if aliases == concept.aliases else replace(concept, aliases=aliases)
