"""Where the names that were found in a text stand, and which words there say that they are names: "by", 《》."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from catalog.names.found_name import FoundName
from catalog.understanding.marks import MAX_TOKENS, Marks
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token

PEOPLE = ("artist", "composer")
SAID = {
    "by": frozenset(PEOPLE),
    "by_after": frozenset(PEOPLE),
    "from": frozenset({"artist", "composer", "album", "title"}),
    "of_after": frozenset({"artist", "composer", "album"}),
    "like": frozenset({"artist", "composer", "album", "title"}),
    "like_after": frozenset({"artist", "composer", "album", "title"}),
}
WEAK = {"from", "of_after", "like", "like_after"}  # words of other meanings: a common word after them is no name
BEFORE = frozenset({"by", "from", "like", "named"})
AFTER = frozenset({"by_after", "like_after", "of_after"})
OPENING, CLOSING = '"“„«„「『《〈＂', '"”“»」』》〉＂'
TITLE_MARKS = "《〈"
MAX_NAME_TOKENS = 40
ENGLISH_ENDINGS = frozenset({"t", "s", "d", "m", "ll", "re", "ve"})  # behind an apostrophe
MOST_REPEATED = 8  # places of one name


@dataclass(frozen=True, slots=True)
class Naming:
    """A name with its place in the tokens, and the trigger that says it is one."""

    name: FoundName
    start: int  # tokens, half-open
    end: int
    before: Match | None = None
    after: Match | None = None
    said: bool = False  # surely a name, whatever its words

    @property
    def trigger(self) -> Match | None:
        """What says that it is a name."""
        return self.before or self.after

    @property
    def said_place(self) -> range:
        """Its tokens, and those that say that it is a name."""
        triggers = [each for each in (self.before, self.after) if each is not None]
        return range(
            min([self.start, *(each.start for each in triggers)]), max([self.end, *(each.end for each in triggers)])
        )

    @property
    def exact(self) -> bool:
        """Whether it is spelt as in the library, and whole."""
        return self.name.whole and self.name.distance == 0


class NamePlaces:
    """Places of names in one text."""

    def __init__(self, tokens: Sequence[Token], marks: Marks, masked: Set[int]) -> None:
        self._tokens = tokens
        self._marks = marks
        self._masked = masked
        self._starts = {token.start: at for at, token in enumerate(tokens)}
        self._ends = {token.end: at + 1 for at, token in enumerate(tokens)}
        self._repeated: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(tokens[:MAX_TOKENS]):
            self._repeated[token.text].append(at)

    def again(self, name: FoundName) -> list[FoundName]:
        """The name where its words stand once more: "blue songs by blue", "like Satie but not Satie"."""
        start, end = self._starts.get(name.start), self._ends.get(name.end)
        if start is None or end is None or start >= end:
            return []
        words = [token.text for token in self._tokens[start:end]]
        places = [at for at in self._repeated.get(words[0], ()) if at >= end][:MOST_REPEATED]
        return [
            replace(name, start=self._tokens[at].start, end=self._tokens[at + len(words) - 1].end)
            for at in places
            if [token.text for token in self._tokens[at : at + len(words)]] == words
        ]

    def placed(self, name: FoundName) -> Naming | None:
        """The name with its tokens and its trigger; None if it covers parts of words or masked ones."""
        start, end = self._starts.get(name.start), self._ends.get(name.end)
        if start is None or end is None or not 0 < end - start <= MAX_NAME_TOKENS:
            return None
        if start > 0 and self._tokens[start].text in ENGLISH_ENDINGS and self._tokens[start - 1].text == "'":
            return None
        if not self._masked.isdisjoint(range(start, end)):
            return None
        quoted = start > 0 and end < len(self._tokens) and self._tokens[end].text in CLOSING
        if quoted and self._tokens[start - 1].text in OPENING:
            start, end = start - 1, end + 1
        before, after = self._said_before(name, start), self._said_after(name, end)
        title = self._tokens[start].text in TITLE_MARKS and name.field in ("title", "album")
        said = any(each is not None and each.meaning.role not in WEAK for each in (before, after))
        after = after or self._said_behind(name, start, end)
        return Naming(name, start, end, before, after, said or title)

    def _said_before(self, name: FoundName, start: int) -> Match | None:
        articles = [match.start for match in self._marks.before(start, {"articles"})]
        for place in (start, *articles):
            for match in self._marks.before(place, BEFORE):
                if name.field in _fields(match):
                    return match
        return None

    def _said_after(self, name: FoundName, end: int) -> Match | None:
        for match in self._marks.at(end, AFTER):
            if name.field in _fields(match):
                return match
        return None

    def _said_behind(self, name: FoundName, start: int, end: int) -> Match | None:
        """What follows and says that several words are an album: "ok computer album"."""
        found = self._marks.at(end, {"named"}) if name.field == "album" and end - start > 1 else []
        return next((match for match in found if match.meaning.detail == "album"), None)


def _fields(trigger: Match) -> frozenset[str]:
    if trigger.meaning.role != "named":
        return SAID[trigger.meaning.role]
    field = trigger.meaning.detail
    return frozenset(PEOPLE) if field in PEOPLE else frozenset({field})
