"""What kinds of words a name in a text has: rare ones, capitals, names of sounds, or function words alone."""

from collections.abc import Sequence, Set

from catalog.understanding import sound_words
from catalog.understanding.common_words import common_words
from catalog.understanding.marks import Marks
from catalog.understanding.placed_names import AFTER, BEFORE, Naming
from catalog.understanding.tokens import Token, TokenKind, tokenise

SMALL_WORDS = frozenset({"fillers", "boundaries", "degrees", "and", "or", "articles"})
BORDERS = SMALL_WORDS | AFTER | BEFORE


class NameWords:
    """The words of names in one text."""

    def __init__(self, tokens: Sequence[Token], marks: Marks) -> None:
        self._tokens = tokens
        self._marks = marks
        words = [token for token in tokens if token.kind is not TokenKind.SIGN]
        small = {
            at
            for start in range(len(tokens))
            for match in marks.at(start, SMALL_WORDS)
            for at in range(start, match.end)
        }
        said = {at for at, token in enumerate(tokens) if token.kind is not TokenKind.SIGN}
        self.content_words = said - small  # of the whole text
        self.length = len(self.content_words)
        self._all_words = len(said)
        self._capitals_tell = "de" not in marks.languages and any(token.text and not token.capital for token in words)

    def of(self, naming: Naming) -> list[Token]:
        return [token for token in self._tokens[naming.start : naming.end] if token.kind is not TokenKind.SIGN]

    def content(self, naming: Naming) -> list[Token]:
        """Its words that are no function words."""
        return [
            token
            for at, token in enumerate(self._tokens[naming.start : naming.end], naming.start)
            if token.kind is not TokenKind.SIGN
            and not any(match.end == at + 1 for match in self._marks.at(at, SMALL_WORDS))
        ]

    def all_common(self, naming: Naming) -> bool:
        return not any(map(self.is_rare, self.content(naming)))

    def is_rare(self, token: Token) -> bool:
        return token.kind is not TokenKind.NUMBER and token.text not in common_words()

    def is_capital(self, naming: Naming) -> bool:
        """Whether its words start with capitals, in a text and a language where that says something."""
        content = self.content(naming) or self.of(naming)
        return self._capitals_tell and not self.is_whole_text(naming) and all(token.capital for token in content)

    def is_whole_text(self, naming: Naming) -> bool:
        """Whether it is all that the text says, but for function words."""
        content = len(self.content(naming))
        return content == self.length if content else len(self.of(naming)) == self._all_words

    def is_sound(self, naming: Naming) -> bool:
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

    def has_scene_beside(self, naming: Naming, people: Set[int]) -> bool:
        """Whether the text has words beside a title that are neither small, nor people, nor what music sounds like."""
        rest = self.content_words - {*range(naming.start, naming.end)} - people
        for at in sorted(rest):
            found = sound_words.longest(self._tokens, at)
            if found is not None:
                rest -= {*range(at, found[0])}
        return bool(rest)

    def is_border(self, at: int) -> bool:
        """Whether a word ends before a token: at a gap, at a sign, or where a known word starts or ends."""
        if not 0 < at < len(self._tokens) or not self._tokens[at].glued:
            return True
        if TokenKind.SIGN in (self._tokens[at].kind, self._tokens[at - 1].kind):
            return True
        known = sound_words.longest(self._tokens, at)
        if known is not None and known[0] - at > 1:
            return True
        return bool(self._marks.at(at, BORDERS) or self._marks.before(at, BORDERS))


def is_common(name: str) -> bool:
    """Whether a name is one usual word, which people write wrong as such."""
    words = [token.text for token in tokenise(name) if token.kind is not TokenKind.SIGN]
    return len(words) == 1 and words[0] in common_words()
