"""What people put around a situation to say that they want music for it: "music for", "Musik zum", のための曲.

It says nothing of the music, but draws the vector of the sentence encoder towards whatever is called music.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import data
from models.starter.concepts import normalise

REQUESTS_FILE = Path(data.__file__).with_name("starter_requests.json")


@dataclass(frozen=True, slots=True)
class Requests:
    """Words around a situation, normalised, the longest first."""

    before: Sequence[str]
    after: Sequence[str]

    def situation(self, text: str) -> str:
        """A normalised text without them, or as it is if nothing were left."""
        left = text.removeprefix(next((each for each in self.before if text.startswith(each)), ""))
        left = left.removesuffix(next((each for each in self.after if left.endswith(each)), "")).strip()
        return left or text


@cache
def load_requests(path: Path = REQUESTS_FILE) -> Requests:
    """Reads the words, by default the shipped ones."""
    content = json.loads(path.read_text("utf-8"))
    before = [
        f"{normalise(f'{word} {link}')}{' ' if link else ''}"
        for language in content["before"].values()
        for word, link in product(language["words"], language["links"])
    ]
    after = [
        f"{' ' if each.startswith(' ') else ''}{normalise(each)}"
        for endings in content["after"].values()
        for each in endings
    ]
    return Requests(sorted(before, key=len, reverse=True), sorted(after, key=len, reverse=True))
