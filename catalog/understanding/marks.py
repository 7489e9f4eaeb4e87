"""All phrases that may steer a text, at the places where they occur."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from catalog.understanding.query_words import LIMITS, query_words
from catalog.understanding.slots import SlotReader
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token

EVERY_LANGUAGE = "any"
SMALL = frozenset(
    {"fillers", "boundaries", "degrees", "articles", "and", "or", "but"}
)  # short: words of other languages
MAX_TOKENS = 200  # of a text that are read; what follows in a longer one, which is no query, is sound
LIKELY = 0.6  # share of the function words that a language must have for its small words to count


@dataclass(frozen=True, slots=True)
class Marks:
    """Matches of templates by their first token, and by the token after their last one; the longest first."""

    starting: dict[int, list[Match]] = field(default_factory=dict)
    ending: dict[int, list[Match]] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()  # that most of the function words belong to

    def at(self, start: int, roles: Set[str]) -> list[Match]:
        """Matches of these roles that start at a token, the longest first."""
        return [match for match in self.starting.get(start, ()) if match.meaning.role in roles]

    def before(self, end: int, roles: Set[str]) -> list[Match]:
        """Matches of these roles that end before a token, the longest first."""
        return [match for match in self.ending.get(end, ()) if match.meaning.role in roles]


def find_marks(tokens: Sequence[Token], masked: Set[int]) -> Marks:
    """All phrases in the first MAX_TOKENS tokens, without those that touch a masked token."""
    words = query_words()
    slots = SlotReader(tokens, words)
    found: list[Match] = []
    for start in range(min(len(tokens), MAX_TOKENS)):
        if start not in masked:
            found += [
                match
                for match in words.phrases.at(tokens, start, slots)
                if not masked or masked.isdisjoint(range(match.start, match.end))
            ]
    languages, likely = _languages(found)
    starting: dict[int, list[Match]] = defaultdict(list)
    ending: dict[int, list[Match]] = defaultdict(list)
    for match in found:
        meaning = match.meaning
        possible = languages if meaning.shared else likely if meaning.role in SMALL else None
        if possible is None or meaning.language in possible:
            starting[match.start].append(match)
            ending[match.end].append(match)
    for matches in starting.values():
        matches.sort(key=lambda match: -match.end)
    for matches in ending.values():
        matches.sort(key=lambda match: match.start)
    return Marks(dict(starting), dict(ending), languages)


def _languages(found: Sequence[Match]) -> tuple[frozenset[str], frozenset[str]]:
    """The languages that most words of the phrases belong to, and those that nearly as many do.

    A limit counts as one word, and what several languages share as half of one.
    """
    covered: dict[str, dict[int, float]] = defaultdict(dict)
    for match in found:
        end = match.start + 1 if match.meaning.role in LIMITS else match.end
        for at in range(match.start, end):
            weight = 0.5 if match.meaning.shared else 1.0
            covered[match.meaning.language][at] = max(weight, covered[match.meaning.language].get(at, 0.0))
    covered.pop(EVERY_LANGUAGE, None)
    counts = {language: sum(weights.values()) for language, weights in covered.items()}
    most = max(counts.values(), default=0)
    return (
        frozenset(language for language, count in counts.items() if count == most),
        frozenset(language for language, count in counts.items() if count >= LIKELY * most) | {EVERY_LANGUAGE},
    )
