"""Small words at the ends of what is said: "some really calm music for" means "calm"."""

from collections.abc import Sequence

from catalog.understanding import sound_words
from catalog.understanding.marks import Marks
from catalog.understanding.tokens import Token, TokenKind, is_hiragana

SKIPPED = frozenset({"degrees", "fillers", "articles", "boundaries"})  # between a negator and what it negates
TRIMMED = SKIPPED | {"and", "or", "but", "also", "like", "by", "from", "more", "no", "without"}
MAX_NAME = 8  # syllables of the name of a sound


class Trimmer:
    """The words of one text without small ones at their ends."""

    def __init__(self, tokens: Sequence[Token], marks: Marks) -> None:
        self._tokens = tokens
        self._marks = marks

    def trimmed(self, words: Sequence[int]) -> tuple[int, int]:
        """(first, last) of the words (tokens, half-open) without small words and signs at both ends; equal if none."""
        if not words:
            return 0, 0
        first, last = words[0], words[-1] + 1
        while first < last and (step := self._small_from(first, last)):
            first += step
        while last > first and (step := self._small_until(first, last)):
            last -= step
        return first, last

    def _small_from(self, first: int, last: int) -> int:
        if self._tokens[first].kind is TokenKind.SIGN:
            return 1
        found = [match.end - first for match in self._marks.at(first, TRIMMED) if match.end <= last]
        small = max(found, default=0)
        if self._marks.at(first, {"plain"}) or self._is_sound_from(first, small):  # "not only sad"
            return 0
        return small if self._may_part(first + small, first, last) else 0

    def _small_until(self, first: int, last: int) -> int:
        if self._tokens[last - 1].kind is TokenKind.SIGN:
            return 1
        found = [last - match.start for match in self._marks.before(last, TRIMMED) if match.start >= first]
        small = max(found, default=0)
        unspaced = self._tokens[last - 1].kind is TokenKind.SYLLABLE
        shortest = max(first, last - MAX_NAME) if unspaced else last - small
        sound = any(self._is_name(at, last) for at in range(shortest, last))  # 静か, but not "piano music"
        return small if not sound and self._may_part(last - small, first, last) else 0

    def _starts_word(self, at: int) -> bool:
        """Whether nothing stands in front of a token that it may be a particle of."""
        return at == 0 or not self._tokens[at].glued or self._tokens[at - 1].kind is TokenKind.SIGN

    def _is_sound_from(self, at: int, small: int) -> bool:
        """Whether the small word at a token is the name of a sound, and no longer name starts there."""
        found = sound_words.longest(self._tokens, at)
        return found is not None and found[0] - at == small

    def _may_part(self, at: int, first: int, last: int) -> bool:
        """Whether the text may be cut before a token: 轻音乐 is one word, and not 音乐 that is 轻."""
        if not first < at < last or not self._tokens[at].glued:
            return True
        if self._tokens[at].text in ("'", "-") and at + 1 < last and self._tokens[at + 1].glued:
            return False  # "can't", "well-known"
        if self._tokens[at].kind is not TokenKind.SYLLABLE:
            return True
        if first == at - 1 and is_hiragana(self._tokens[first].text) and self._starts_word(first):  # さくら
            return not is_hiragana(self._tokens[at].text)
        start, end = (first, at) if at - first < last - at else (at, last)
        if any(match.end == at for match in self._marks.at(first, {"degrees"})):
            return True
        if end - start > 1 or self._tokens[start].kind is not TokenKind.SYLLABLE:
            return True
        return sound_words.is_name(self._tokens[start].text) or any(
            match.end == end for match in self._marks.at(start, TRIMMED)
        )

    def _is_name(self, start: int, end: int) -> bool:
        """Whether these tokens are the name of a sound."""
        found = sound_words.longest(self._tokens, start)
        return found is not None and found[0] == end
