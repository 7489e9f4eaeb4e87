"""Which of the names that were found in a text are surely meant.

A name is meant if the text says so ("by Blue", "song Blue", "like Blue"), if its words are no others (Greensleeves,
Chopin), or if it has several words that are unlikely to follow each other by chance (Deep Purple, a title of three
words). A single common word, what music sounds like ("Acoustic Guitar") and a genre are meant only if they are said to
be.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

from catalog.names.found_name import FoundName
from catalog.understanding.common_words import common_words
from catalog.understanding.marks import Marks
from catalog.understanding.name_words import NameWords, is_common
from catalog.understanding.placed_names import PEOPLE, NamePlaces, Naming
from catalog.understanding.query_words import query_words
from catalog.understanding.tokens import Token, TokenKind, tokenise

MIN_SAID_RARE = 2  # the same, if the text says in passing that it is a name
MIN_RARE = 4  # letters of a rare word that is a name by itself
MIN_MISSPELT = 5  # letters of a name with a typo
MIN_COMMON = 3  # usual words that follow each other in a name by no chance, even with a typo
MIN_SYLLABLES = 3  # of a Chinese or Japanese name inside a sentence
MAX_IN_SCENE = 2  # words of a title that may as well be a part of what else a text says
MAX_PAIR = 20  # words of a text that is nothing but a name and a title


class NameReader:
    """Chooses among the names found in one text."""

    def __init__(self, tokens: Sequence[Token], marks: Marks, masked: Set[int]) -> None:
        self._tokens = tokens
        self._marks = marks
        self._places = NamePlaces(tokens, marks, masked)
        self._words = NameWords(tokens, marks)
        self._people: set[int] = set()  # tokens of the people whose names were found

    def meant(self, names: Sequence[FoundName]) -> list[Naming]:
        """The names that are surely meant, in order; they do not overlap."""
        names = [each for name in names for each in (name, *self._places.again(name))]
        placed = [naming for name in names if (naming := self._places.placed(name)) is not None]
        spelt = {(each.name.value, at) for each in placed if each.exact for at in range(each.start, each.end)}
        placed = [
            each
            for each in placed
            if each.exact or all((each.name.value, at) not in spelt for at in range(each.start, each.end))
        ]
        namings = [replace(each, said=True) if self._by_follows(each, placed) else each for each in placed]
        namings = [replace(each, said=True) if self._is_second_of(each, namings) else each for each in namings]
        self._people = {at for each in namings if each.exact and each.name.field in PEOPLE for at in each.said_place}
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

    def _completes(self, naming: Naming, taken: set[int], chosen: Sequence[Naming]) -> bool:
        """Whether a text says nothing but a title or an album and whose it is: "vivaldi la primavera"."""
        if not naming.exact or self._words.is_sound(naming) or not self._words.content(naming):
            return False
        if naming.name.field in ("title", "album"):
            fits = any(other.name.field in PEOPLE for other in chosen)
        else:
            fits = naming.name.field in PEOPLE and any(other.name.field in ("title", "album") for other in chosen)
        return fits and self._words.content_words <= taken | {*range(naming.start, naming.end)}

    def _is_pair(self, naming: Naming, others: Sequence[Naming]) -> bool:
        """Whether a rare name of somebody and a title are all that a text says: "BTS 봄날"."""
        if naming.name.field not in PEOPLE or not naming.exact or self._words.length > MAX_PAIR:
            return False
        if not all(map(self._words.is_rare, self._words.of(naming))):
            return False
        place = {*range(naming.start, naming.end)}
        return any(
            other.name.field in ("title", "album")
            and other.exact
            and bool(self._words.content(other))
            and not self._words.is_sound(other)
            and place.isdisjoint(range(other.start, other.end))
            and self._words.content_words <= place | {*range(other.start, other.end)}
            for other in others
        )

    def _is_compared(self, naming: Naming) -> bool:
        """Whether a comparison follows likeness: "like City but calmer"."""
        trigger = naming.trigger
        if trigger is None or trigger.meaning.role not in ("like", "like_after") or not naming.exact:
            return False
        at = max(naming.end, trigger.end)
        at += at < len(self._tokens) and self._tokens[at].text == ","
        return not self._words.is_sound(naming) and any(
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
            if trigger is not None and trigger.meaning.detail == "title" and not self._words.content(naming):
                return self._words.is_capital(naming)  # "a song for you" is rarely the song "For You"
            return naming.exact or not self._words.all_common(naming)
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
            and self._has_content(naming)  # "something by" is rarely "Something"
            and not self._words.is_sound(naming)  # "piano by"
            and any(
                other.before is not None
                and other.before.meaning.role == "by"
                and other.before.start == naming.end
                and other.name.field in PEOPLE
                for other in others
            )
        )

    def _is_second_of(self, naming: Naming, others: Sequence[Naming]) -> bool:
        """Whether it is the second of two who are said to be people: "by Portishead or Tricky"."""
        return (
            naming.exact
            and naming.name.field in PEOPLE
            and bool(self._words.content(naming))
            and any(
                other.before is not None
                and other.before.meaning.role == "by"
                and other.name.field in PEOPLE
                and any(match.end == naming.start for match in self._marks.at(other.end, {"and", "or"}))
                for other in others
            )
        )

    def _has_content(self, naming: Naming) -> bool:
        """Whether it is more than one function word."""
        return bool(self._words.content(naming)) or len(self._words.of(naming)) > 1

    def _is_meant_exactly(self, naming: Naming) -> bool:
        tokens = self._words.of(naming)
        if not tokens:
            return False
        if all(token.kind is TokenKind.SYLLABLE for token in tokens):
            return self._is_meant_unspaced(naming, tokens)
        if len(tokens) == 1:
            return self._is_meant_alone(naming, tokens[0])
        if self._words.is_sound(naming):
            return False
        behind = naming.after is not None and naming.after.meaning.role == "named"
        if behind or self._words.is_whole_text(naming) or self._words.is_capital(naming):
            return True
        content = self._words.content(naming)
        if any(self._words.is_rare(token) for token in content):
            return not self._is_in_scene(naming, MAX_IN_SCENE)
        words_needed = 2 if naming.name.field in PEOPLE or naming.trigger is not None else 3
        return len(content) >= 2 and len(tokens) >= words_needed

    def _is_meant_alone(self, naming: Naming, token: Token) -> bool:
        if token.kind is TokenKind.NUMBER or self._words.is_sound(naming):
            return False
        if token.text in query_words().places and naming.trigger is None and not self._words.is_whole_text(naming):
            return False  # "chicago blues"
        alone = naming.name.field in PEOPLE and self._words.is_whole_text(naming)  # "BTS"
        if self._words.is_rare(token) and len(token.text) >= (
            MIN_RARE if naming.trigger is None and not alone else MIN_SAID_RARE
        ):
            return True
        return self._words.is_capital(naming) and naming.start > 0

    def _is_meant_unspaced(self, naming: Naming, tokens: Sequence[Token]) -> bool:
        """Chinese, Japanese and Korean: without spaces, short names are parts of words."""
        name = "".join(token.text for token in tokens)
        if name in common_words() or self._words.is_sound(naming):
            return False
        if self._is_in_scene(naming, MIN_SYLLABLES):
            return False
        alone = self._words.is_border(naming.start) and self._words.is_border(naming.end)
        return len(tokens) >= MIN_SYLLABLES or (len(tokens) >= 2 and alone)

    def _is_in_scene(self, naming: Naming, longest: int) -> bool:
        """Whether a short title that nothing says to be one stands among words of a scene: зимний лес | ночью."""
        if naming.name.field in PEOPLE or naming.trigger is not None or len(self._words.content(naming)) > longest:
            return False
        return self._words.has_scene_beside(naming, self._people)

    def _is_work(self, naming: Naming) -> bool:
        """Whether it is a work of which the library has movements: "The Four Seasons: Spring"."""
        name = naming.name
        if name.field != "title" or name.distance or ":" not in name.value or len(self._words.of(naming)) < 2:
            return False
        work = [token.text for token in tokenise(name.value.partition(":")[0]) if token.kind is not TokenKind.SIGN]
        said = [token.text for token in self._words.of(naming)]
        return said == work or (work[:1] == ["the"] and said == work[1:])

    def _is_meant_inexactly(self, naming: Naming) -> bool:
        """With typos, or a part of a name."""
        name, content = naming.name, self._words.content(naming)
        letters = sum(len(token.text) for token in content)
        if not content or self._words.is_sound(naming):
            return False
        if all(token.kind is TokenKind.SYLLABLE for token in content):
            alone = self._words.is_border(naming.start) and self._words.is_border(naming.end)
            return name.whole and name.distance == 1 and letters >= MIN_SYLLABLES and alone
        if letters < MIN_RARE:
            return False
        if name.distance:
            if name.whole and name.distance == 1 and len(content) >= MIN_COMMON:
                return True
            rare = [token for token in content if self._words.is_rare(token)]
            if letters < MIN_MISSPELT or not rare or is_common(name.value):
                return False
            return name.whole or name.field in PEOPLE
        if name.field in PEOPLE or len(content) > 1:
            return all(map(self._words.is_rare, content)) or (self._words.is_capital(naming) and len(content) > 1)
        return self._words.is_rare(content[0]) and letters > MIN_MISSPELT
