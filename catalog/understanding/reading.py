"""Reads a text into its parts, from left to right.

Operators, names and limits are found first (`catalog.understanding.blocks`). Between them stand words of sound, and
words that turn what follows or precedes them: "no drums, guitar or vocals", "not by Satie", 歌声なし.
"""

from collections.abc import Sequence
from dataclasses import replace

from catalog.names.found_name import FoundName
from catalog.understanding.blocks import Block, find_blocks, operator_place
from catalog.understanding.marks import Marks, find_marks
from catalog.understanding.negation import Scopes
from catalog.understanding.operators import Operator, operators
from catalog.understanding.placed_names import BEFORE
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token, tokenise
from catalog.understanding.understood import Understood, UnderstoodPart

NEGATORS = {"no", "without"}
SMALL = {"fillers", "boundaries", "degrees", "and", "or", "but", "articles", "also", "like", "by", "from", "named"}
ROLES = frozenset(
    {"plain", "no", "without", "no_after", "more", "less", "more_after", "less_after", "comparative", *SMALL}
)


def understand(text: str, names: Sequence[FoundName], folders: Sequence[str] = ()) -> Understood:
    """The parts of a text. `names` are all names of the library found in it, best first; `folders` absolute paths."""
    tokens = tokenise(text)
    if not tokens:
        return Understood(text, (), names, folders)
    found = [operator for operator in operators(text, names) if not _is_said(operator, text, tokens, names)]
    masked = {at for operator in found for at in range(*operator_place(tokens, operator))}
    marks = find_marks(tokens, masked)
    blocks = find_blocks(tokens, marks, found, names, folders)
    parts = _Reader(text, tokens, marks, blocks).parts()
    if not parts:  # nothing but words like "music": what sounds like music
        parts = [UnderstoodPart("sound", tokens[0].start, tokens[-1].end, text[tokens[0].start : tokens[-1].end])]
    return Understood(text, tuple(parts), names, folders)


def _is_said(operator: Operator, text: str, tokens: Sequence[Token], names: Sequence[FoundName]) -> bool:
    """Whether quoted words are a name because the words in front say so: the song "Blue"."""
    if operator.kind != "sound" or not operator.wanted:
        return False
    filling = [name for name in names if operator.start < name.start and name.end < operator.end]
    filling = [
        name for name in filling if text[operator.start + 1 : operator.end - 1].strip() == text[name.start : name.end]
    ]
    if not filling:
        return False
    before = [token for token in tokens if token.end <= operator.start]
    marks = find_marks(before, set())
    return bool(marks.before(len(before), BEFORE))


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, tokens: Sequence[Token], marks: Marks, blocks: dict[int, Block]) -> None:
        self._text = text
        self._tokens = tokens
        self._marks = marks
        self._blocks = blocks
        self._scopes = Scopes(tokens, marks, blocks)
        self._parts: list[UnderstoodPart] = []
        self._words: list[int] = []  # tokens of sound since the last part
        self._likeness = any(block.part.kind == "like" for block in blocks.values())

    def parts(self) -> list[UnderstoodPart]:
        """The parts, in order."""
        at = 0
        while at < len(self._tokens):
            block = self._blocks.get(at)
            at = self._add_block(block) if block is not None else self._read(at)
        self._flush()
        return self._parts

    def _add_block(self, block: Block, start: int | None = None) -> int:
        """Adds a block; with the first token of a negation in front of it, turned round."""
        self._flush()
        part = block.part
        if start is not None:
            part = replace(part, start=self._tokens[start].start, wanted=not part.wanted)
        self._parts.append(part)
        return block.end

    def _read(self, at: int) -> int:
        """Reads what starts at a token; returns the token after it."""
        match = self._scopes.longest(at, ROLES)
        if match is None:
            return self._word(at)
        match = self._scopes.by_place(match, self._words)
        role = match.meaning.role
        if role in NEGATORS and self._scopes.is_compound(match):
            self._words += range(at, match.end)
            return match.end
        if role in NEGATORS or (role == "no_after" and self._scopes.may_precede(match)):
            return self._negation(match)
        if role in ("no_after", "less_after") or (role == "more_after" and self._likeness):
            return self._after(match, wanted=role == "more_after")
        if role == "less" or (role == "more" and self._likeness):
            return self._amount(match, wanted=role == "more")
        if role == "comparative" and self._likeness:
            self._add_sound(match.start, match.start, match.end, value=match.meaning.detail)
            return match.end
        self._words += range(at, match.end)
        return match.end

    def _word(self, at: int) -> int:
        stem = self._scopes.negated_stem(at)
        if stem is None:
            self._words.append(at)
        else:
            self._flush()
            self._add_sound(at, at, at + 1, wanted=False, value=stem)
        return at + 1

    def _negation(self, match: Match) -> int:
        """A negator and what it negates: blocks and words, one or a list of them."""
        target = self._scopes.after_small_words(match.end)
        role = "no" if match.meaning.role == "no" else "without"
        start: int | None = match.start
        end = match.end
        for first, last in self._scopes.negated(target, role):
            begin = first if start is None else start
            block = self._blocks.get(first)
            if block is None and start is not None and not self._scopes.is_request(first, last):
                break
            if block is None and start is not None and self._scopes.is_title(match, first, last):
                end = min((at for at in self._blocks if at >= last), default=len(self._tokens))
                self._flush()
                self._add_sound(match.start, match.start, end)
                return end
            if block is not None:
                self._add_block(block, begin)
            else:
                self._flush()
                self._add_sound(begin, first, last, wanted=False)
            start, end = None, last
        if start is not None:  # nothing follows
            self._words += range(match.start, match.end)
        return end

    def _after(self, match: Match, *, wanted: bool) -> int:
        """A word behind what it negates, or of which it says that there should be more."""
        if not self._words:
            return match.end if wanted else self._turn_last(match)
        scopes = self._scopes.negated_before(self._words)
        if not scopes or not all(self._scopes.is_request(first, last) for first, last in scopes):
            self._words += range(match.start, match.end)
            return match.end
        self._words = [at for at in self._words if at < scopes[0][0]]
        self._flush()
        for number, (first, last) in enumerate(scopes):
            is_last = number == len(scopes) - 1
            value = self._of_adjective(first, last, match) if is_last and not wanted else None
            self._add_sound(first, first, last, end=match.end if is_last else last, wanted=wanted, value=value)
        return match.end

    def _of_adjective(self, first: int, last: int, negator: Match) -> str | None:
        """The usual form of a Japanese adjective that a negator has inflected: うるさい in うるさくない."""
        if self._tokens[negator.start].text != "く" or negator.meaning.language != "ja":
            return None
        return self._text[self._tokens[first].start : self._tokens[last - 1].end] + "い"

    def _turn_last(self, match: Match) -> int:
        last = self._parts[-1] if self._parts else None
        touches = last is not None and self._tokens[match.start - 1].end == last.end
        if last is None or not touches:
            self._words += range(match.start, match.end)
        else:  # what is negated already is once more by what closes a bracket: 除了…以外
            self._parts[-1] = replace(last, end=self._tokens[match.end - 1].end, wanted=False)
        return match.end

    def _amount(self, match: Match, *, wanted: bool) -> int:
        """ "More drums", "less guitar": only with likeness is there something to have more than."""
        target = self._scopes.after_small_words(match.end)
        for first, last in self._scopes.negated(target, "no"):
            block = self._blocks.get(first)
            if block is not None and block.part.kind == "like" and not wanted:  # "less like Satie"
                return self._add_block(block, match.start)
            if block is not None:
                break
            self._flush()
            self._add_sound(match.start, first, last, wanted=wanted)
            return last
        self._words += range(match.start, match.end)
        return match.end

    def _add_sound(
        self,
        start: int,
        first: int,
        last: int,
        *,
        end: int | None = None,
        wanted: bool = True,
        value: str | None = None,
    ) -> None:
        """Adds sound: the part starts at token `start`, its words are the tokens from `first` to before `last`."""
        if value is None:
            value = self._text[self._tokens[first].start : self._tokens[last - 1].end]
        else:
            self._flush()
        span = (self._tokens[start].start, self._tokens[(last if end is None else end) - 1].end)
        self._parts.append(UnderstoodPart("sound", *span, value, wanted))

    def _flush(self) -> None:
        """Makes a part of the words of sound so far, without small words and signs at both ends."""
        first, last = self._scopes.trimmed(self._words)
        self._words = []
        if first < last:
            start, end = self._tokens[first].start, self._tokens[last - 1].end
            self._parts.append(UnderstoodPart("sound", start, end, self._text[start:end]))
