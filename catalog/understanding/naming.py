"""Which of the names that were found in a text are surely meant.

A name is meant if the text says so ("by Blue", "song Blue", "like Blue"), if its words are no others (Greensleeves,
Chopin), or if it has several words that are unlikely to follow each other by chance (Deep Purple, a title of three
words). A single common word, what music sounds like ("Acoustic Guitar") and a genre are meant only if they are said to
be.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from catalog.names.found_name import FoundName
from catalog.understanding import sound_words
from catalog.understanding.common_words import common_words
from catalog.understanding.marks import MAX_TOKENS, Marks
from catalog.understanding.query_words import query_words
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token, TokenKind, tokenise

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
OPENING, CLOSING = '"“„«「『《〈＂', '"”“»」』》〉＂'
TITLE_MARKS = "《〈"
SMALL_WORDS = frozenset({"fillers", "boundaries", "degrees", "and", "or", "articles"})
BORDERS = SMALL_WORDS | AFTER | BEFORE
MIN_SAID_RARE = 2  # the same, if the text says in passing that it is a name
MIN_RARE = 4  # letters of a rare word that is a name by itself
MIN_MISSPELT = 5  # letters of a name with a typo
MIN_COMMON = 3  # usual words that follow each other in a name by no chance, even with a typo
MIN_SYLLABLES = 3  # of a Chinese or Japanese name inside a sentence
MAX_NAME_TOKENS = 40
ENGLISH_ENDINGS = frozenset({"t", "s", "d", "m", "ll", "re", "ve"})  # behind an apostrophe
MOST_REPEATED = 8  # places of one name
MAX_PAIR = 20  # words of a text that is nothing but a name and a title


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
    def exact(self) -> bool:
        """Whether it is spelt as in the library, and whole."""
        return self.name.whole and self.name.distance == 0


class NameReader:
    """Chooses among the names found in one text."""

    def __init__(self, tokens: Sequence[Token], marks: Marks, masked: Set[int]) -> None:
        self._tokens = tokens
        self._marks = marks
        self._masked = masked
        self._starts = {token.start: at for at, token in enumerate(tokens)}
        self._ends = {token.end: at + 1 for at, token in enumerate(tokens)}
        self._repeated: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(tokens[:MAX_TOKENS]):
            self._repeated[token.text].append(at)
        words = [token for token in tokens if token.kind is not TokenKind.SIGN]
        small = {
            at
            for start in range(len(tokens))
            for match in marks.at(start, SMALL_WORDS)
            for at in range(start, match.end)
        }
        said = {at for at, token in enumerate(tokens) if token.kind is not TokenKind.SIGN}
        self._content_words = said - small
        self._length = len(self._content_words)
        self._all_words = len(said)
        self._capitals_tell = "de" not in marks.languages and any(token.text and not token.capital for token in words)

    def meant(self, names: Sequence[FoundName]) -> list[Naming]:
        """The names that are surely meant, in order; they do not overlap."""
        names = [each for name in names for each in (name, *self._again(name))]
        placed = [naming for name in names if (naming := self._placed(name)) is not None]
        spelt = {(each.name.value, at) for each in placed if each.exact for at in range(each.start, each.end)}
        placed = [
            each
            for each in placed
            if each.exact or all((each.name.value, at) not in spelt for at in range(each.start, each.end))
        ]
        namings = [replace(each, said=True) if self._by_follows(each, placed) else each for each in placed]
        chosen: list[Naming] = []
        taken: set[int] = set()
        for naming in sorted(namings, key=self._rank):
            place = range(naming.start, naming.end)
            if taken.isdisjoint(place) and (self._is_meant(naming) or self._is_pair(naming, namings)):
                chosen.append(naming)
                taken.update(place)
        for naming in namings:
            place = range(naming.start, naming.end)
            if taken.isdisjoint(place) and self._completes(naming, taken, chosen):
                chosen.append(naming)
                taken.update(place)
        return sorted(chosen, key=lambda naming: naming.start)

    def _again(self, name: FoundName) -> list[FoundName]:
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

    def _completes(self, naming: Naming, taken: set[int], chosen: Sequence[Naming]) -> bool:
        """Whether a text says nothing but a title or an album and whose it is: "vivaldi la primavera"."""
        if not naming.exact or self._is_sound(naming) or not self._content(naming):
            return False
        if naming.name.field in ("title", "album"):
            fits = any(other.name.field in PEOPLE for other in chosen)
        else:
            fits = naming.name.field in PEOPLE and any(other.name.field in ("title", "album") for other in chosen)
        return fits and self._content_words <= taken | {*range(naming.start, naming.end)}

    def _is_pair(self, naming: Naming, others: Sequence[Naming]) -> bool:
        """Whether a rare name of somebody and a title are all that a text says: "BTS 봄날"."""
        if naming.name.field not in PEOPLE or not naming.exact or self._length > MAX_PAIR:
            return False
        if not all(map(self._is_rare, self._words(naming))):
            return False
        place = {*range(naming.start, naming.end)}
        return any(
            other.name.field in ("title", "album")
            and other.exact
            and bool(self._content(other))
            and not self._is_sound(other)
            and place.isdisjoint(range(other.start, other.end))
            and self._content_words <= place | {*range(other.start, other.end)}
            for other in others
        )

    def _placed(self, name: FoundName) -> Naming | None:
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

    def _is_compared(self, naming: Naming) -> bool:
        """Whether a comparison follows likeness: "like City but calmer"."""
        trigger = naming.trigger
        if trigger is None or trigger.meaning.role not in ("like", "like_after") or not naming.exact:
            return False
        at = max(naming.end, trigger.end)
        at += at < len(self._tokens) and self._tokens[at].text == ","
        return not self._is_sound(naming) and any(
            self._marks.at(match.end, {"comparative", "more", "less"}) for match in self._marks.at(at, {"but"})
        )

    def _rank(self, naming: Naming) -> tuple[bool, int, int, bool]:
        """Said ones first, then the longest, then the best spelt; what the library found first breaks ties."""
        name = naming.name
        return (not naming.said, name.start - name.end, name.distance, not name.whole)

    def _is_meant(self, naming: Naming) -> bool:
        name = naming.name
        trigger = naming.trigger
        if naming.said:
            if trigger is not None and trigger.meaning.detail == "title" and not self._content(naming):
                return self._is_capital(naming)  # "a song for you" is rarely the song "For You"
            return naming.exact or not self._all_common(naming)
        if name.field == "genre":
            return False
        if self._is_compared(naming):
            return True
        if not naming.exact and not self._is_work(naming):
            return self._is_meant_inexactly(naming)
        return self._is_meant_exactly(naming)

    def _by_follows(self, naming: Naming, others: Sequence[Naming]) -> bool:
        """Whether it is a title or an album whose artist follows: "Yesterday by the Beatles"."""
        return (
            naming.exact
            and naming.name.field in ("title", "album")
            and (bool(self._content(naming)) or len(self._words(naming)) > 1)  # "something by" is rarely "Something"
            and not self._is_sound(naming)  # "piano by"
            and any(
                other.before is not None
                and other.before.meaning.role == "by"
                and other.before.start == naming.end
                and other.name.field in PEOPLE
                for other in others
            )
        )

    def _is_meant_exactly(self, naming: Naming) -> bool:
        tokens = self._words(naming)
        if not tokens:
            return False
        if all(token.kind is TokenKind.SYLLABLE for token in tokens):
            return self._is_meant_unspaced(naming, tokens)
        if len(tokens) == 1:
            return self._is_meant_alone(naming, tokens[0])
        if self._is_sound(naming):
            return False
        behind = naming.after is not None and naming.after.meaning.role == "named"
        if behind or self._is_whole_text(naming) or self._is_capital(naming):
            return True
        content = self._content(naming)
        if any(self._is_rare(token) for token in content):
            return True
        words_needed = 2 if naming.name.field in PEOPLE or naming.trigger is not None else 3
        return len(content) >= 2 and len(tokens) >= words_needed

    def _is_meant_alone(self, naming: Naming, token: Token) -> bool:
        if token.kind is TokenKind.NUMBER or self._is_sound(naming):
            return False
        if token.text in query_words().places and naming.trigger is None and not self._is_whole_text(naming):
            return False  # "chicago blues"
        alone = naming.name.field in PEOPLE and self._is_whole_text(naming)  # "BTS"
        if self._is_rare(token) and len(token.text) >= (
            MIN_RARE if naming.trigger is None and not alone else MIN_SAID_RARE
        ):
            return True
        return self._is_capital(naming) and naming.start > 0

    def _is_meant_unspaced(self, naming: Naming, tokens: Sequence[Token]) -> bool:
        """Chinese, Japanese and Korean: without spaces, short names are parts of words."""
        name = "".join(token.text for token in tokens)
        if name in common_words() or self._is_sound(naming):
            return False
        alone = self._is_border(naming.start) and self._is_border(naming.end)
        return len(tokens) >= MIN_SYLLABLES or (len(tokens) >= 2 and alone)

    def _is_border(self, at: int) -> bool:
        """Whether a word ends before a token: at a gap, at a sign, or where a known word starts or ends."""
        if not 0 < at < len(self._tokens) or not self._tokens[at].glued:
            return True
        if TokenKind.SIGN in (self._tokens[at].kind, self._tokens[at - 1].kind):
            return True
        known = sound_words.longest(self._tokens, at)
        if known is not None and known[0] - at > 1:
            return True
        return bool(self._marks.at(at, BORDERS) or self._marks.before(at, BORDERS))

    def _is_work(self, naming: Naming) -> bool:
        """Whether it is a work of which the library has movements: "The Four Seasons: Spring"."""
        name = naming.name
        if name.field != "title" or name.distance or ":" not in name.value or len(self._words(naming)) < 2:
            return False
        work = [token.text for token in tokenise(name.value.partition(":")[0]) if token.kind is not TokenKind.SIGN]
        said = [token.text for token in self._words(naming)]
        return said == work or (work[:1] == ["the"] and said == work[1:])

    def _is_meant_inexactly(self, naming: Naming) -> bool:
        """With typos, or a part of a name."""
        name, content = naming.name, self._content(naming)
        letters = sum(len(token.text) for token in content)
        if not content or self._is_sound(naming):
            return False
        if all(token.kind is TokenKind.SYLLABLE for token in content):
            alone = self._is_border(naming.start) and self._is_border(naming.end)
            return name.whole and name.distance == 1 and letters >= MIN_SYLLABLES and alone
        if letters < MIN_RARE:
            return False
        if name.distance:
            if name.whole and name.distance == 1 and len(content) >= MIN_COMMON:
                return True
            rare = [token for token in content if self._is_rare(token)]
            if letters < MIN_MISSPELT or not rare or _is_common(name.value):
                return False
            return name.whole or name.field in PEOPLE
        if name.field in PEOPLE or len(content) > 1:
            return all(map(self._is_rare, content)) or (self._is_capital(naming) and len(content) > 1)
        return self._is_rare(content[0]) and letters > MIN_MISSPELT

    def _words(self, naming: Naming) -> list[Token]:
        return [token for token in self._tokens[naming.start : naming.end] if token.kind is not TokenKind.SIGN]

    def _content(self, naming: Naming) -> list[Token]:
        """Its words that are no function words."""
        return [
            token
            for at, token in enumerate(self._tokens[naming.start : naming.end], naming.start)
            if token.kind is not TokenKind.SIGN
            and not any(match.end == at + 1 for match in self._marks.at(at, SMALL_WORDS))
        ]

    def _all_common(self, naming: Naming) -> bool:
        return not any(map(self._is_rare, self._content(naming)))

    def _is_rare(self, token: Token) -> bool:
        return token.kind is not TokenKind.NUMBER and token.text not in common_words()

    def _is_capital(self, naming: Naming) -> bool:
        """Whether its words start with capitals, in a text and a language where that says something."""
        content = self._content(naming) or self._words(naming)
        return self._capitals_tell and not self._is_whole_text(naming) and all(token.capital for token in content)

    def _is_whole_text(self, naming: Naming) -> bool:
        """Whether it is all that the text says, but for function words."""
        content = len(self._content(naming))
        return content == self._length if content else len(self._words(naming)) == self._all_words

    def _is_sound(self, naming: Naming) -> bool:
        """Whether its words are names of what music sounds like, and function words."""
        at, named = naming.start, False
        while at < naming.end:
            found = sound_words.longest(self._tokens, at, naming.end)
            small = self._marks.at(at, SMALL_WORDS)
            if found is not None:
                at, named = found[0], True
            elif small and small[-1].end <= naming.end:
                at = small[-1].end
            elif self._tokens[at].kind is TokenKind.SIGN:
                at += 1
            else:
                return False
        return named


def _is_common(name: str) -> bool:
    """Whether a name is one usual word, which people write wrong as such."""
    words = [token.text for token in tokenise(name) if token.kind is not TokenKind.SIGN]
    return len(words) == 1 and words[0] in common_words()


def _fields(trigger: Match) -> frozenset[str]:
    if trigger.meaning.role != "named":
        return SAID[trigger.meaning.role]
    field = trigger.meaning.detail
    return frozenset(PEOPLE) if field in PEOPLE else frozenset({field})
