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


@dataclass(slots=True)
class _Node:
    words: dict[tuple[str, bool], "_Node"] = field(default_factory=dict)  # (token, whether it must be glued)
    slots: dict[tuple[str, bool], "_Node"] = field(default_factory=dict)
    meanings: list[Meaning] = field(default_factory=list)


class Templates:
    """Many templates, all of which are looked for at once."""

    def __init__(self) -> None:
        self._root = _Node()

    @property
    def first(self) -> set[str]:
        """The words that a template starts with."""
        return {text for text, _ in self._root.words}

    def add(self, template: str, meaning: Meaning) -> None:
        """Add a template. Raises ValueError if its brackets do not match."""
        flags = re.match(r"[~?=]*", template)
        marks = flags.group() if flags else ""
        meaning = Meaning(meaning.role, meaning.language, meaning.detail, "?" in marks, "~" in marks)
        for phrase in set(_expanded(template[len(marks) :])):
            elements = [*_elements(phrase)]
            if not elements:
                raise ValueError(f"{template!r} stands for nothing")
            self._insert(elements, meaning)
            bare = [(without_accents(text), is_slot, glued) for text, is_slot, glued in elements]
            letters = sum(len(text) for text, is_slot, _ in elements if not is_slot)
            if bare != elements and letters >= MIN_WITHOUT_ACCENTS and "=" not in marks:
                self._insert(bare, meaning)

    def _insert(self, elements: Sequence[tuple[str, bool, bool]], meaning: Meaning) -> None:
        node = self._root
        for text, is_slot, glued in elements:
            children = node.slots if is_slot else node.words
            node = children.setdefault((text, glued), _Node())
        if meaning not in node.meanings:
            node.meanings.append(meaning)

    def at(self, tokens: Sequence[Token], start: int, slots: Slots) -> Iterator[Match]:
        """All occurrences that start at a token, in no order."""
        stack: list[tuple[_Node, int, tuple[Any, ...]]] = [(self._root, start, ())]
        while stack:
            node, at, values = stack.pop()
            if node.meanings and _ends_word(tokens, at):
                inside = _is_inside(tokens, start)
                yield from (Match(start, at, each, values) for each in node.meanings if each.attached or not inside)
            if at == len(tokens):
                continue
            token = tokens[at]
            for glued in (False, True) if token.glued and at > start else (False,):
                child = node.words.get((token.text, glued))
                if child is not None:
                    stack.append((child, at + 1, values))
            for (name, glued), child in node.slots.items():
                if not glued or at == start or token.glued:
                    stack += [(child, end, (*values, value)) for end, value in slots(name, at)]


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
    return tokens[at].text in PARTICLES and is_hangul(tokens[at].text[0])


def _expanded(template: str) -> Iterator[str]:
    """The phrases a template stands for."""
    bracket = re.search(r"\[([^][()]*)\]|\(([^][()]*)\)", template)
    if bracket is None:
        if re.search(r"[][()]", template):
            raise ValueError(f"The brackets of {template!r} do not match")
        yield template
        return
    optional, required = bracket.groups()
    for choice in ["", *optional.split("|")] if required is None else required.split("|"):
        yield from _expanded(template[: bracket.start()] + choice + template[bracket.end() :])


def _elements(phrase: str) -> Iterator[tuple[str, bool, bool]]:
    """(text, whether it is the name of a slot, whether it is glued to the element before)."""
    glued = False
    for piece in re.finditer(r"\s+|\{(\w+)\}|[^{}\s]+", phrase):
        if piece.group().isspace():
            glued = False
            continue
        if piece.group(1):
            yield piece.group(1), True, glued
        else:
            for number, token in enumerate(tokenise(piece.group())):
                yield token.text, False, token.glued or (glued and number == 0)
        glued = True
