"""The parts of a text that are certain before it is read from left to right: operators, names and limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.names.found_name import FoundName
from catalog.understanding.limits import to_limit
from catalog.understanding.marks import Marks
from catalog.understanding.naming import NameReader
from catalog.understanding.operators import Operator
from catalog.understanding.placed_names import Naming
from catalog.understanding.query_words import LIMITS
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token
from catalog.understanding.understood import UnderstoodPart

LIKES = {"like", "like_after"}


@dataclass(frozen=True, slots=True)
class Block:
    """A part with its tokens; a negation in front may still turn it round."""

    start: int  # tokens, half-open; including the words that lead to it
    end: int
    part: UnderstoodPart


def find_blocks(
    tokens: Sequence[Token],
    marks: Marks,
    found: Sequence[Operator],
    names: Sequence[FoundName],
    folders: Sequence[str],
) -> dict[int, Block]:
    """{first token: block}; they do not overlap."""
    places = [operator_place(tokens, operator) for operator in found]
    masked = {at for start, end in places for at in range(start, end)}
    blocks = [
        Block(start, end, _of_operator(operator, names)) for (start, end), operator in zip(places, found, strict=True)
    ]
    namings = NameReader(tokens, marks, masked).meant(names)
    limits = [*_limits(tokens, marks, masked, folders)]
    chosen: list[Block] = []
    taken: set[int] = set()
    for block in sorted(limits, key=lambda each: (each.start - each.end, each.start)):
        rivals = [naming for naming in namings if naming.start < block.end and block.start < naming.end]
        if taken.isdisjoint(range(block.start, block.end)) and not any(_beats(rival, block) for rival in rivals):
            chosen.append(block)
            taken.update(range(block.start, block.end))
            namings = [naming for naming in namings if naming not in rivals]
    taken |= masked
    taken.update(at for naming in namings for at in range(naming.start, naming.end))
    named: list[Block] = []
    for naming in namings:
        block = _of_naming(tokens, naming, taken)
        named.append(block)
        taken.update(range(block.start, block.end))
    _all_alike(tokens, marks, namings, named)
    chosen += named
    return {block.start: block for block in [*blocks, *chosen]}


def _all_alike(tokens: Sequence[Token], marks: Marks, namings: Sequence[Naming], named: list[Block]) -> None:
    """Makes likeness of names that are joined to it: "like Satie or Ravel", SatieやRavelみたいな."""
    last = len(named) - 1
    forwards = [(number, number - 1) for number in range(1, last + 1)]
    backwards = [(number, number + 1) for number in range(last - 1, -1, -1)]
    for role, steps in (("like", forwards), ("like_after", backwards)):
        said = {
            at
            for at, each in enumerate(namings)
            for mark in (each.before, each.after)
            if mark and mark.meaning.role == role
        }
        for number, other in steps:
            first, second = sorted((named[number], named[other]), key=lambda block: block.start)
            if namings[number].trigger is None and other in said and _joins(tokens, marks, first.end, second.start):
                named[number] = replace(named[number], part=replace(named[number].part, kind="like"))
                said.add(number)


def _joins(tokens: Sequence[Token], marks: Marks, start: int, end: int) -> bool:
    """Whether these tokens are a comma, a word like "and" or "or", or both."""
    if start < end and tokens[start].text in (",", "+", "/"):
        start += 1
        if start == end:
            return True
    return any(match.end == end for match in marks.at(start, {"and", "or"}))


def operator_place(tokens: Sequence[Token], operator: Operator) -> tuple[int, int]:
    """The tokens of an operator."""
    inside = [at for at, token in enumerate(tokens) if operator.start <= token.start < operator.end]
    return inside[0], inside[-1] + 1


def _beats(naming: Naming, limit: Block) -> bool:
    """Whether a name is rather meant than a limit that shares words with it ("1999", "Piano Concerto in A minor")."""
    return naming.said or naming.end - naming.start > limit.end - limit.start


def _limits(tokens: Sequence[Token], marks: Marks, masked: set[int], folders: Sequence[str]) -> Iterator[Block]:
    for start in range(len(tokens)):
        for match in marks.at(start, frozenset(LIMITS)):
            limit = to_limit(match, tokens, folders)
            if limit is not None and _is_any_key(match, tokens, marks):
                continue
            if limit is not None and masked.isdisjoint(range(start, match.end)):
                span = (tokens[start].start, tokens[match.end - 1].end)
                yield Block(start, match.end, UnderstoodPart("limit", *span, limit.term, field=limit.field))
                break  # shorter ones say less


def _is_any_key(match: Match, tokens: Sequence[Token], marks: Marks) -> bool:
    """Whether the letter of a key is an article: "in a minor key", not "in A minor"."""
    if match.meaning.role != "keys" or any(token.capital for token in tokens[match.start : match.end]):
        return False
    place = range(match.start, match.end)
    return any(each.end > match.start for at in place for each in marks.at(at, {"plain"}) if each.end >= match.end)


def _of_operator(operator: Operator, names: Sequence[FoundName]) -> UnderstoodPart:
    part = UnderstoodPart(operator.kind, operator.start, operator.end, operator.value, operator.wanted, operator.field)
    named = _named_in(operator, names) if operator.kind in ("name", "like") else None
    if named is None:
        return part
    return replace(part, value=named.value, field=named.field, exact=named.whole and not named.distance)


def _named_in(operator: Operator, names: Sequence[FoundName]) -> FoundName | None:
    """The library's name for the value of an operator: all of it, the best spelt first."""
    inside = [
        name
        for name in names
        if operator.start <= name.start
        and name.end <= operator.end
        and operator.field in ("", name.field)
        and (name.end - name.start >= len(operator.value) - 1 or name.end == operator.end)
    ]
    if not inside:  # of a name that a text has twice, the library finds the first
        said = operator.value.casefold()
        inside = [name for name in names if name.value.casefold() == said and operator.field in ("", name.field)]
    return min(inside, key=lambda name: (name.distance, not name.whole), default=None)


def _of_naming(tokens: Sequence[Token], naming: Naming, taken: set[int]) -> Block:
    """A name with the words that say it is one, and quotes around it."""
    start, end = naming.start, naming.end
    triggers = [naming.before, naming.after]
    kept: list[Match] = []
    for trigger in triggers:
        if trigger is not None:
            low, high = min(trigger.start, naming.start), max(trigger.end, naming.end)
            between = {*range(low, naming.start), *range(naming.end, high)}
            if taken.isdisjoint(between):
                start, end = min(start, low), max(end, high)
                kept.append(trigger)
    kind = "like" if any(trigger.meaning.role in LIKES for trigger in kept) else "name"
    name = naming.name
    span = (tokens[start].start, tokens[end - 1].end)
    return Block(start, end, UnderstoodPart(kind, *span, name.value, field=name.field, exact=naming.exact))
