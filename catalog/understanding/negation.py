"""How far a negation reaches: "no drums, guitar or vocals but piano" negates three, 歌声なし what precedes."""

from collections.abc import Iterator, Mapping, Sequence, Set

from catalog.understanding import sound_words
from catalog.understanding.blocks import Block
from catalog.understanding.marks import Marks
from catalog.understanding.query_words import query_words
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token, TokenKind, is_katakana
from catalog.understanding.trimming import SKIPPED, TRIMMED, Trimmer

ENDS = frozenset({"boundaries", "but", "no", "without", "more", "less", "and", "or", "no_after", "comparative"})
MAX_WORDS = 4  # of what a negator negates, if none of its words is known
MAX_SYLLABLES = 12
MAX_REQUEST = 6  # words, or twice as many syllables, of a text in which anything may be negated
MAX_BEFORE = 40  # tokens that a negator behind a list of things may reach back
MIN_STEM = 3  # letters of a word with a negating suffix, without it


class Scopes:
    """The reach of negations in one text."""

    def __init__(self, tokens: Sequence[Token], marks: Marks, blocks: Mapping[int, Block]) -> None:
        self._tokens = tokens
        self._marks = marks
        self._blocks = blocks
        self.trimmed = Trimmer(tokens, marks).trimmed
        self._after_small: dict[int, int] = {}  # what after_small_words has found
        self._in_block = {at for block in blocks.values() for at in range(block.start, block.end)}

    def longest(self, at: int, roles: Set[str]) -> Match | None:
        """The longest match of these roles at a token that runs into no block; of several, the one that steers most."""
        found = [match for match in self._marks.at(at, roles) if self._in_block.isdisjoint(range(at, match.end))]
        return min(
            (match for match in found if match.meaning.role != "plain" or not self._is_cut(match)),
            key=lambda match: (-match.end, match.meaning.role in TRIMMED - {"no", "without", "more"}),
            default=None,
        )

    def _is_cut(self, match: Match) -> bool:
        """Whether a phrase is rather a negation of a sound whose name goes on behind it: 无 | 人声, not 无人."""
        starts = [each.end for each in self._marks.at(match.start, {"no", "without"}) if each.end < match.end]
        names = (sound_words.longest(self._tokens, at) for at in starts)
        return any(name is not None and name[0] > match.end for name in names)

    def is_compound(self, match: Match) -> bool:
        """Whether a negator is the first half of a word: "no-nonsense" and ノース, but not "non-electronic"."""
        dash, after = match.end, match.end + 1
        if self._is_loan(match):
            return not self._starts_known(match.end)
        if after >= len(self._tokens) or self._tokens[dash].text != "-" or not self._tokens[dash].glued:
            return False
        return self._tokens[after].glued and not self._starts_known(after)

    def _is_loan(self, match: Match) -> bool:
        """Whether a negator is written in katakana, as what it is glued to: ノーボーカル."""
        last, after = self._tokens[match.end - 1], match.end
        if after >= len(self._tokens) or not self._tokens[after].glued:
            return False
        return is_katakana(last.text) and is_katakana(self._tokens[after].text)

    def is_title(self, match: Match, first: int, last: int) -> bool:
        """Whether a text is rather a title with its artist, as "no surprises by radiohead": none is known."""
        if match.start > 0 or match.meaning.role != "no" or any(map(self._starts_known, range(first, last))):
            return False
        by = self._marks.at(last, {"by"})
        return bool(by) and by[0].end < len(self._tokens)

    def is_request(self, first: int, last: int) -> bool:
        """Whether words that are negated are about music: they name a sound, or the text is short.

        "Jazz without vuvuzela" is a wish, "map on the knees, no plan, just the two of us and the road" a scene.
        """
        if any(sound_words.longest(self._tokens, at) is not None for at in range(first, last)):
            return True
        if self._marks.at(first, {"sung"}):
            return True
        words = sum(
            1 if token.kind is TokenKind.WORD else 0.5 for token in self._tokens if token.kind is not TokenKind.SIGN
        )
        return words <= MAX_REQUEST

    def may_precede(self, match: Match) -> bool:
        """Whether a word that negates what precedes it may as well negate what follows, and something does: 不要."""
        both = any(each.end == match.end for each in self._marks.at(match.start, {"no", "without"}))
        return both and next(self.negated(self.after_small_words(match.end), "without"), None) is not None

    def by_place(self, match: Match, words: Sequence[int]) -> Match:
        """Of a word that means what follows or what precedes it ("less"), the meaning that has something to mean."""
        behind = f"{match.meaning.role.removesuffix('_after')}_after"
        if behind not in ("more_after", "less_after"):
            return match
        alike = {
            each.meaning.role: each
            for each in self._marks.at(match.start, {behind, behind.removesuffix("_after")})
            if each.end == match.end
        }
        if len(alike) < 2:
            return match
        follows = next(self.negated(self.after_small_words(match.end), "no"), None) is not None
        return alike[behind] if words and not follows else alike[behind.removesuffix("_after")]

    def after_small_words(self, at: int) -> int:
        """The first token from here on that is more than "too", "any" or "of the"."""
        passed = []
        while at not in self._in_block and at not in self._after_small:
            match = self.longest(at, SKIPPED)
            sung, plain = self._marks.at(at, {"sung"}), self._marks.at(at, {"plain"})
            if match is None or sung or (plain and plain[0].end > match.end):  # "no songs", and 歌词 is more than 歌
                break
            passed.append(at)
            at = match.end
        at = self._after_small.get(at, at)
        self._after_small.update(dict.fromkeys(passed, at))
        return at

    def negated(self, at: int, role: str) -> Iterator[tuple[int, int]]:
        """The blocks and words (as tokens, half-open) that a negator in front of this token negates."""
        place = self._item(at)
        while place is not None:
            yield place
            before, place = place, self._next_of_list(*place, role)
            if place is not None and (place[0] in self._blocks) != (before[0] in self._blocks):
                return  # "without drums and by Satie"

    def _item(self, at: int) -> tuple[int, int] | None:
        if at >= len(self._tokens):
            return None
        block = self._blocks.get(at)
        if block is not None:
            return block.start, block.end
        sung = self._marks.at(at, {"sung"})
        if sung and not self._starts_known(at):
            return at, sung[0].end
        end = self._end_of_words(at)
        first, last = self.trimmed(range(at, end))
        return (first, last) if first < last else None

    def _end_of_words(self, start: int) -> int:
        """Where the words that a negator in front of them negates end."""
        at, words, known = start, 0, False
        while at < len(self._tokens) and not self._ends(at, start):
            found = sound_words.longest(self._tokens, at)
            if found is not None and self._in_block.isdisjoint(range(at, found[0])):
                if known and found[1] == "quality":  # "no vocals | calm"
                    return at
                at, known = found[0], True
                words += 1
                if found[1] == "thing":
                    return self._with_last_word(at)
                continue
            if known and words and self._starts_known(at + 1):
                return at
            at += 1
            words += 1
            if words >= (MAX_SYLLABLES if self._tokens[at - 1].kind is TokenKind.SYLLABLE else MAX_WORDS):
                return at
        return at

    def _with_last_word(self, at: int) -> int:
        """`at`, or the token after the one word that is left: "no guitar solos", but "no guitar | calm"."""
        last = at + 1
        if at >= len(self._tokens) or self._ends(at, -1) or self._tokens[at].kind is not TokenKind.WORD:
            return at
        alone = last == len(self._tokens) or self._ends(last, -1)
        return last if alone and not self._starts_known(at) and self.longest(at, TRIMMED) is None else at

    def _starts_known(self, at: int) -> bool:
        return at < len(self._tokens) and sound_words.longest(self._tokens, at) is not None

    def _ends(self, at: int, start: int) -> bool:
        """Whether what is negated ends before a token."""
        if at in self._in_block:
            return True
        token = self._tokens[at]
        if token.kind is TokenKind.SIGN and token.text not in ("-", "'", "&", "/"):
            return True
        return at > start and self.longest(at, ENDS) is not None

    def _next_of_list(self, before: int, at: int, role: str) -> tuple[int, int] | None:
        """The item of a list of negated ones that goes on at a token, behind the one that starts at `before`."""
        joint, after = self._joint(at)
        if joint is None:
            return None
        if self.longest(after, {"no", "without"}) is not None:
            return None  # a negation of its own
        item = self._item(self.after_small_words(after))
        if item is None or self._turns(after):
            return None
        if joint == "or":
            return item
        if self._is_quality(item[0]) and not self._is_quality(before):  # "without drums and calm"
            return item if joint == "," and self._list_has_or(item[1], "no") else None
        if joint == "and":
            return item if role == "without" or self._is_bare(item) else None
        return item if self._list_has_or(item[1], role) else None

    def _turns(self, at: int) -> bool:
        """Whether what follows a word that joins a list is none of it: "without drums and with strings"."""
        match = self.longest(at, {"boundaries", "but"})
        small = self.longest(at, {"degrees", "articles"})
        return match is not None and (small is None or small.end < match.end)

    def _is_quality(self, at: int) -> bool:
        """Whether the words from a token on start with a mood, a genre or the like, and no thing."""
        found = sound_words.longest(self._tokens, at)
        return found is not None and found[1] == "quality"

    def _joint(self, at: int) -> tuple[str | None, int]:
        """("and", "or" or ","; the token after it) if a list may go on at a token."""
        comma = at < len(self._tokens) and self._tokens[at].text in (",", "/")
        after = at + 1 if comma else at
        for joint in ("or", "and"):
            match = self.longest(after, {joint})
            if match is not None:
                return joint, match.end
        return ("," if comma else None), after

    def _is_bare(self, item: tuple[int, int]) -> bool:
        """Whether an item is one thing and the last of the text or the clause: "no drums and bass", not "and calm"."""
        found = sound_words.longest(self._tokens, item[0])
        is_thing = found == (item[1], "thing") if found is not None else item[1] - item[0] == 1
        end = self.after_small_words(item[1])
        return is_thing and (end == len(self._tokens) or self._ends(item[1], -1))

    def _list_has_or(self, at: int, role: str) -> bool:
        """Whether a list with commas ends in "or", or with "without" in "and" or with the text."""
        joint, after = self._joint(at)
        if joint is None:
            return role == "without" and at >= len(self._tokens)
        if joint == "or" or (joint == "and" and role == "without"):
            return True
        item = self._item(self.after_small_words(after))
        return joint == "," and item is not None and self._list_has_or(item[1], role)

    def negated_before(self, words: Sequence[int]) -> list[tuple[int, int]]:
        """What a negator behind these tokens negates, in order: the last words, and those joined to them."""
        scopes: list[tuple[int, int]] = []
        words = [*words[-MAX_BEFORE:]]
        while words:
            first, last = self.trimmed(words)
            clause = self._last_clause(words)
            if not scopes and (first >= last or last <= clause) and clause < words[-1] + 1:
                scopes.append(self._last_small(clause, words[-1] + 1))  # 歌なし: a small word that is meant
                break
            start = self._start_of_words(words, first, last)
            if first >= last or (scopes and not self._is_known(start, last)):
                break
            scopes.insert(0, (start, last))
            words = [at for at in words if at < start]
            if not words or not self._joined(words):
                break
        return scopes

    def _last_small(self, first: int, last: int) -> tuple[int, int]:
        """The last small word of nothing but such words: 何か歌なし."""
        starts = [match.start for match in self._marks.before(last, {"fillers"}) if match.start >= first]
        return min(starts, default=first), last

    def _last_clause(self, words: Sequence[int]) -> int:
        """The token after the last comma of these."""
        signs = [at for at in words if self._tokens[at].kind is TokenKind.SIGN]
        return signs[-1] + 1 if signs else words[0]

    def _joined(self, words: Sequence[int]) -> bool:
        """Whether these tokens end in a word like "and", or in a comma after nothing but one thing."""
        last = words[-1]
        if self._tokens[last].text == ",":
            return sound_words.longest(self._tokens, self.trimmed(words)[0]) == (last, "thing")
        return self._tokens[last].text in ("/", "・") or bool(self._marks.before(last + 1, {"and", "or", "also"}))

    def _is_known(self, start: int, end: int) -> bool:
        found = sound_words.longest(self._tokens, start)
        return found is not None and found[0] == end

    def _start_of_words(self, words: Sequence[int], first: int, last: int) -> int:
        """Where the last thing that these words name starts: the longest known name, one word, or unspaced text."""
        for at in range(first, last):
            if at in words and self._is_known(at, last):
                return at
        at = last - 1
        while at > first and self._tokens[at].glued and self.longest(at - 1, ENDS) is None:
            at -= 1
        return at

    def negated_stem(self, at: int) -> str | None:
        """The stem of a word with a suffix that negates it ("vokalsiz", "drumless") if it is known; None if not."""
        token = self._tokens[at]
        for suffix in query_words().suffixes:
            stem = token.text.removesuffix(suffix)
            if token.kind is TokenKind.WORD and stem != token.text and len(stem) >= MIN_STEM:
                return next((each for each in (stem, f"{stem}s") if sound_words.is_name(each)), None)
        return None
