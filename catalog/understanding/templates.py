"""Templates of phrases, and where they occur in a text.

A template is words with optional parts, alternatives and slots:

    [from|in] [the] {when}        between {when} and {when}        (soft|loud)er than        ~처럼

`[a|b]` may be left out, `(a|b)` is one of them, `{name}` is a slot. Without a space in the template there may be none
in the text. A leading `~` lets a Korean phrase start inside a word; a leading `?` marks a phrase that is a word of
other languages too, which counts only in a text that is surely in its language; one with a leading `=` is found only
with its accents.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from catalog.understanding.tokens import Token, TokenKind, is_hangul, tokenise, without_accents

MIN_WITHOUT_ACCENTS = 4  # letters of a phrase that is found without its accents too
PARTICLES = frozenset("은는이가을를의도와과로에만랑야인한")  # that may follow a Korean phrase in its word

Slots: TypeAlias = Callable[[str, int], Sequence[tuple[int, Any]]]  # (name, token) -> (end, value) of each reading


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a template stands for."""

    role: str
    language: str
    detail: Any = None
    shared: bool = False  # a word of other languages too
    attached: bool = False  # may start inside a Korean word


@dataclass(frozen=True, slots=True)
class Match:
    """An occurrence of a template."""

    start: int  # tokens, half-open
    end: int
    meaning: Meaning
    values: tuple[Any, ...] = ()  # of the slots


@dataclass(slots=True, eq=False)
class _Node:
    words: dict[tuple[str, bool], list["_Node"]] = field(default_factory=dict)  # (token, whether it must be glued)
    slots: dict[tuple[str, bool], list["_Node"]] = field(default_factory=dict)
    meaning: Meaning | None = None  # of the template that ends here


class _State:
    """Several nodes at once: where a part of a text may have led in the graph. What follows is computed once."""

    def __init__(self, nodes: tuple[_Node, ...], known: dict[tuple[int, ...], "_State"]) -> None:
        self._nodes = nodes
        self._known = known
        self._steps: dict[tuple[str, bool, bool], _State | None] = {}
        self.meanings = tuple(dict.fromkeys(node.meaning for node in nodes if node.meaning is not None))
        self._words = {word for node in nodes for word, _ in node.words}
        self.slots = sorted({name for node in nodes for name, _ in node.slots})

    def word(self, text: str, *, glued: bool) -> "_State | None":
        """The state behind a word that may or may not be glued to what precedes it; None: no template goes on so."""
        return self._step(text, False, glued) if text in self._words else None

    def slot(self, name: str, *, glued: bool) -> "_State | None":
        """The state behind a slot."""
        return self._step(name, True, glued)

    def _step(self, text: str, is_slot: bool, glued: bool) -> "_State | None":
        key = (text, is_slot, glued)
        if key not in self._steps:
            nodes: dict[int, _Node] = {}
            for node in self._nodes:
                edges = node.slots if is_slot else node.words
                for joint in (False, True) if glued else (False,):
                    nodes.update((id(each), each) for each in edges.get((text, joint), ()))
            self._steps[key] = _state(tuple(nodes.values()), self._known) if nodes else None
        return self._steps[key]


def _state(nodes: tuple[_Node, ...], known: dict[tuple[int, ...], _State]) -> _State:
    key = tuple(sorted(map(id, nodes)))
    if key not in known:
        known[key] = _State(nodes, known)
    return known[key]


class Templates:
    """Many templates, all of which are looked for at once: a graph whose edges are words and slots."""

    def __init__(self) -> None:
        self._root = _Node()
        self._start: _State | None = None

    @property
    def first(self) -> set[str]:
        """The words that a template starts with."""
        return {text for text, _ in self._root.words}

    def add(self, template: str, meaning: Meaning) -> None:
        """Add a template. Raises ValueError if its brackets do not match, or if all of it may be left out."""
        self._start = None
        phrase = template.lstrip("~?=")
        marks = template[: len(template) - len(phrase)]
        shape = _Parser(phrase).shape()
        letters = sum(len(part.text) for part in _parts(shape) if not part.is_slot)
        ends = _connect(shape, [self._root], bare=letters >= MIN_WITHOUT_ACCENTS and "=" not in marks)
        if self._root in ends:
            raise ValueError(f"{template!r} stands for nothing")
        for end in ends:
            end.meaning = Meaning(meaning.role, meaning.language, meaning.detail, "?" in marks, "~" in marks)

    def at(self, tokens: Sequence[Token], start: int, slots: Slots, *, after_number: bool = False) -> Iterator[Match]:
        """All occurrences that start at a token, in no order; if said so, also right behind a number: "100bpm"."""
        self._start = self._start or _state((self._root,), {})
        stack: list[tuple[_State, int, tuple[Any, ...]]] = [(self._start, start, ())]
        inside = _is_inside(tokens, start)
        if after_number and inside and tokens[start - 1].kind is TokenKind.NUMBER:
            inside = False
        while stack:
            state, at, values = stack.pop()
            if state.meanings and _ends_word(tokens, at):
                yield from (Match(start, at, each, values) for each in state.meanings if each.attached or not inside)
            if at == len(tokens):
                continue
            glued = tokens[at].glued or at == start
            following = state.word(tokens[at].text, glued=glued)
            if following is not None:
                stack.append((following, at + 1, values))
            for name in state.slots:
                readings = slots(name, at)
                following = state.slot(name, glued=glued) if readings else None
                if following is not None:
                    stack += [(following, end, (*values, value)) for end, value in readings]


def _is_inside(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token continues the word, the number or the Korean word before it."""
    if at == 0 or at == len(tokens) or not tokens[at].glued:
        return False
    before, token = tokens[at - 1], tokens[at]
    if token.kind is TokenKind.SYLLABLE:
        return is_hangul(before.text[0]) and is_hangul(token.text[0])
    return {before.kind, token.kind} <= {TokenKind.WORD, TokenKind.NUMBER}


def _ends_word(tokens: Sequence[Token], at: int) -> bool:
    """Whether a phrase may end before this token. Korean particles may follow."""
    if not _is_inside(tokens, at):
        return True
    if tokens[at].text == "보":  # 보다, "than"
        return at + 1 < len(tokens) and tokens[at + 1].glued and tokens[at + 1].text == "다"
    return tokens[at].text in PARTICLES and is_hangul(tokens[at].text[0])


@dataclass(frozen=True, slots=True)
class _Part:
    text: str  # a folded word, or the name of a slot
    is_slot: bool
    glued: bool  # to what precedes it


@dataclass(frozen=True, slots=True)
class _Choice:
    shapes: "tuple[_Shape, ...]"
    optional: bool


_Shape: TypeAlias = "tuple[_Part | _Choice, ...]"


@lru_cache(16384)
def _words(text: str) -> tuple[str, ...]:
    """The folded tokens of a piece of a template, which has no spaces."""
    return (text.lower(),) if text.isascii() and text.isalpha() else tuple(token.text for token in tokenise(text))


class _Parser:
    """Reads one template."""

    _PIECE = re.compile(r"\s+|\{(\w+)\}|[][()|]|[^][(){}|\s]+")

    def __init__(self, phrase: str) -> None:
        self._pieces = [*self._PIECE.finditer(phrase)]
        self._at = 0
        self._phrase = phrase

    def shape(self) -> _Shape:
        """The whole template."""
        shapes = self._alternatives(glued=False)
        if self._at < len(self._pieces) or len(shapes) != 1:
            raise ValueError(f"The brackets of {self._phrase!r} do not match")
        return shapes[0]

    def _alternatives(self, *, glued: bool) -> tuple[_Shape, ...]:
        """Sequences separated by bars, up to a closing bracket or the end."""
        shapes = [self._sequence(glued=glued)]
        while self._at < len(self._pieces) and self._pieces[self._at].group() == "|":
            self._at += 1
            shapes.append(self._sequence(glued=glued))
        return tuple(shapes)

    def _sequence(self, *, glued: bool) -> _Shape:
        parts: list[_Part | _Choice] = []
        while self._at < len(self._pieces) and (text := self._pieces[self._at].group()) not in ("|", "]", ")"):
            slot = self._pieces[self._at].group(1)
            self._at += 1
            if text.isspace():
                glued = False
                continue
            if text in ("[", "("):
                parts.append(self._choice(text, glued=glued))
            elif slot:
                parts.append(_Part(slot, True, glued))
            else:
                words = _words(text)
                parts += [_Part(word, False, number > 0 or glued) for number, word in enumerate(words)]
            glued = True
        return tuple(parts)

    def _choice(self, opening: str, *, glued: bool) -> _Choice:
        shapes = self._alternatives(glued=glued)
        closing = self._pieces[self._at].group() if self._at < len(self._pieces) else ""
        if f"{opening}{closing}" not in ("[]", "()"):
            raise ValueError(f"The brackets of {self._phrase!r} do not match")
        self._at += 1
        return _Choice(shapes, optional=opening == "[")


def _parts(shape: _Shape) -> Iterator[_Part]:
    for each in shape:
        if isinstance(each, _Part):
            yield each
        else:
            for alternative in each.shapes:
                yield from _parts(alternative)


def _connect(shape: _Shape, starts: list[_Node], *, bare: bool) -> list[_Node]:
    """Adds the edges of a shape behind some nodes; returns the nodes where it ends."""
    nodes = starts
    for part in shape:
        if isinstance(part, _Choice):
            ends = [end for each in part.shapes for end in _connect(each, nodes, bare=bare)]
            nodes = [*ends, *(node for node in nodes if part.optional and node not in ends)]
            continue
        following = _Node()
        spellings = {part.text, without_accents(part.text)} if bare and not part.is_slot else {part.text}
        for node in nodes:
            edges = node.slots if part.is_slot else node.words
            for spelling in spellings:
                edges.setdefault((spelling, part.glued), []).append(following)
        nodes = [following]
    return nodes
