"""Words for what music sounds like, in 16 languages: the names of concepts and of descriptors.

They tell where a negation ends ("no vocals calm piano"), and that a title ("Acoustic Guitar") may not be meant.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import data
from catalog.understanding.templates import Meaning, Templates
from catalog.understanding.tokens import Token, tokenise

VOICES = ("vocal", "voice", "cappella", "spoken")  # in the slug of what is a thing though its category is "texture"
_SPECIAL = frozenset("[](){}|~?=")  # signs of templates


@cache
def sound_words() -> Templates:
    """Templates of all names, with the role "thing" (instruments, voices, textures) or "quality" (moods, genres)."""
    templates = Templates()
    for name, is_thing in _names():
        if not _SPECIAL & set(name):
            templates.add(name, Meaning("thing" if is_thing else "quality", ""))
    return templates


def longest(tokens: Sequence[Token], at: int, last: int | None = None) -> tuple[int, str] | None:
    """(end, role) of the longest name that starts at a token and ends before `last`, if given; None: none does."""
    found = [
        (match.end, match.meaning.role)
        for match in sound_words().at(tokens, at, lambda _name, _at: ())
        if last is None or match.end <= last
    ]
    return max(found, default=None)


def is_name(text: str) -> bool:
    """Whether a text is a name of a concept or a descriptor."""
    tokens = tokenise(text)
    found = longest(tokens, 0) if tokens else None
    return found is not None and found[0] == len(tokens)


def _names() -> Iterator[tuple[str, bool]]:
    """(name, whether it is the name of a thing)."""
    folder = Path(data.__file__).parent
    concepts = json.loads((folder / "concepts.json").read_text("utf-8"))["concepts"]
    descriptors = json.loads((folder / "descriptor_bank.json").read_text("utf-8"))["descriptors"]
    for concept in concepts:
        for aliases in concept["aliases"].values():
            yield from ((alias, _is_thing(concept)) for alias in aliases)
    for descriptor in descriptors:
        yield from ((name, _is_thing(descriptor)) for name in descriptor["names"].values())


def _is_thing(concept: Mapping[str, Any]) -> bool:
    return concept["category"] == "instruments" or any(voice in concept["slug"] for voice in VOICES)
