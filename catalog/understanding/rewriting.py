"""Rewrites a text so that it means the same without a part, with a part turned round, or with a part as mere sound.

The rest stays as typed where it is read as before; where it would not be, its parts become operators
(`catalog.understanding.operators`), whose meaning does not depend on their neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from catalog.names.found_name import FoundName, NameField
from catalog.understanding.operators import LIKE
from catalog.understanding.reading import understand
from catalog.understanding.understood import Understood, UnderstoodPart

QUOTES = set('"“”„«»「」『』＂')
_LOOSE = ",;、，;/ \t\n"  # signs that join what is gone


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the new text, and where it stood in the old one, or the part that it spells out."""

    text: str
    start: int | None = None
    part: UnderstoodPart | None = None


def without(understood: Understood, number: int) -> str:
    """The text without a part (by its number, from 0)."""
    wanted = [part for at, part in enumerate(understood.parts) if at != number]
    return _rewritten(understood, wanted, number, "")


def turned(understood: Understood, number: int) -> str:
    """The text with a part wanted that was not, or not wanted that was."""
    parts = [*understood.parts]
    parts[number] = replace(parts[number], wanted=not parts[number].wanted)
    return _rewritten(understood, parts, number, spelt_out(parts[number]), parts[number])


def literal(understood: Understood, number: int) -> str:
    """The text with the words of a part as mere sound, in quotes."""
    parts = [*understood.parts]
    part = parts[number]
    typed = understood.text[part.start : part.end]
    words = part.value if QUOTES & set(typed) else typed
    parts[number] = UnderstoodPart("sound", part.start, part.end, words)
    return _rewritten(understood, parts, number, spelt_out(parts[number]), parts[number])


def spelt_out(part: UnderstoodPart, *, with_field: bool = True) -> str:
    """A part as an operator."""
    minus = "" if part.wanted else "-"
    if part.kind == "limit":
        return minus + part.value
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", part.value) + '"'
    if part.kind == "sound":
        return minus + quoted
    if part.kind == "like":
        return f"{minus}{LIKE}:{part.field}:{quoted}" if part.field and with_field else f"{minus}{LIKE}:{quoted}"
    return f"{minus}{part.field}:{quoted}"


def meaning(parts: Sequence[UnderstoodPart]) -> tuple[object, ...]:
    """What parts mean together: their order among other kinds, and how wanted sound is divided, do not matter."""
    sound = " ".join(part.value for part in parts if part.kind == "sound" and part.wanted)
    others = sorted(
        (part.kind, part.field, part.value, part.wanted) for part in parts if part.kind != "sound" or not part.wanted
    )
    return (tuple(re.split(rf"[{_LOOSE}]+", sound.strip(_LOOSE))), tuple(others))


def _rewritten(
    understood: Understood, parts: Sequence[UnderstoodPart], number: int, new: str, part: UnderstoodPart | None = None
) -> str:
    """The first of several texts that is read as these parts."""
    before, after = _around(understood, number)
    attempts: list[list[_Piece]] = [
        _joined(before, _Piece(text, part=part), after) for text in _spellings(understood, part, new)
    ]
    attempts.append([piece for each in parts for piece in (_Piece(spelt_out(each), part=each), _Piece(" "))][:-1])
    for pieces in attempts:
        text = "".join(piece.text for piece in pieces)
        if meaning(understand(text, [*_names(understood, pieces)], understood.folders).parts) == meaning(parts):
            return text
    return "".join(piece.text for piece in attempts[-1])


def _spellings(understood: Understood, part: UnderstoodPart | None, new: str) -> Iterator[str]:
    """The part as an operator: of likeness without the field, unless a name of another field is spelt like it."""
    if part is not None and part.kind == "like":
        said = part.value.casefold()
        if not any(name.value.casefold() == said and name.field != part.field for name in understood.names):
            yield spelt_out(part, with_field=False)
    yield new


def _around(understood: Understood, number: int) -> tuple[_Piece, _Piece]:
    part = understood.parts[number]
    return _Piece(understood.text[: part.start], 0), _Piece(understood.text[part.end :], part.end)


def _joined(before: _Piece, new: _Piece, after: _Piece) -> list[_Piece]:
    """The pieces with one space where something is between them, and no loose comma where nothing is."""
    left, right = before.text.rstrip(), after.text.lstrip()
    dropped = len(after.text) - len(right)
    if not new.text:
        tidy = right.lstrip(_LOOSE)
        dropped += len(right) - len(tidy)
        loose = left.rstrip(_LOOSE)
        if not loose or not tidy:
            left = loose
        right = tidy
    pieces = [_Piece(left, 0), new, _Piece(right, (after.start or 0) + dropped)]
    spaced: list[_Piece] = []
    for piece in (piece for piece in pieces if piece.text):
        if spaced and piece.text[0] not in _LOOSE:
            spaced.append(_Piece(" "))
        spaced.append(piece)
    return spaced


def _names(understood: Understood, pieces: Sequence[_Piece]) -> Iterator[FoundName]:
    """The names that the library finds in the new text, as far as they were in the old one."""
    at = 0
    for piece in pieces:
        if piece.start is not None:
            shift = at - piece.start
            for name in understood.names:
                if piece.start <= name.start and name.end <= piece.start + len(piece.text):
                    yield replace(name, start=name.start + shift, end=name.end + shift)
        elif piece.part is not None and piece.part.kind == "sound":
            yield from _names_inside(understood, piece, piece.part, at)
        elif piece.part is not None and piece.part.kind in ("name", "like") and piece.part.field:
            end = at + len(piece.text) - 1
            yield FoundName(
                cast("NameField", piece.part.field), piece.part.value, end - len(piece.part.value), end, 0, True, 1
            )
        at += len(piece.text)


def _names_inside(understood: Understood, piece: _Piece, part: UnderstoodPart, at: int) -> Iterator[FoundName]:
    """The names in words of sound that are spelt out as they stood in the old text."""
    old = understood.text.find(part.value, part.start, part.end)
    new = at + piece.text.find(part.value)
    for name in understood.names:
        if old >= 0 and new >= at and old <= name.start and name.end <= old + len(part.value):
            yield replace(name, start=name.start - old + new, end=name.end - old + new)
