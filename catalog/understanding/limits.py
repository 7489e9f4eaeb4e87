"""From a phrase that limits ("before 1750", "around 120 bpm", "in A minor") to a term of the filter language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from catalog.keys import fold, pure_path
from catalog.understanding.keys_in_text import Key
from catalog.understanding.numbers import plain
from catalog.understanding.templates import Match
from catalog.understanding.tokens import Token, TokenKind

MAX_BPM = 400
MIN_BPM = 20
MAX_SECONDS = 24 * 3600
NEARLY_BPM = 0.05  # "around 120 bpm"
NEARLY_YEARS = 5  # "around 1800"
NEARLY_LENGTH = 0.15  # "about 3 minutes"
SHORT, LONG = 120, 420  # seconds: "short songs" have at most, "long songs" at least


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as a field and a term of the filter language."""

    field: str
    value: str  # of the term, without the field

    @property
    def term(self) -> str:
        """The term, with quotes if it has spaces."""
        quoted = f'"{self.value}"' if any(each.isspace() for each in self.value) else self.value
        return f"{self.field}:{quoted}"


def to_limit(match: Match, tokens: Sequence[Token], folders: Sequence[str]) -> Limit | None:
    """The limit that a match stands for; None if its values are impossible."""
    read: dict[str, Callable[[str, Sequence[Any]], Limit | None]] = {
        "when": _years,
        "lengths": _length,
        "tempo": _tempo,
        "keys": _key,
        "camelots": lambda detail, values: _camelot(detail, values, tokens[match.start : match.end]),
        "folders": lambda _, values: _folder(tokens[slice(*values[0])], folders),
    }
    if _is_negative(tokens, match):
        return None
    return read[match.meaning.role](match.meaning.detail, match.values)


def _is_negative(tokens: Sequence[Token], match: Match) -> bool:
    """Whether a minus sign stands right in front of the number that the match starts with."""
    first = tokens[match.start]
    before = tokens[match.start - 1] if match.start else None
    return (
        first.kind is TokenKind.NUMBER
        and first.glued
        and before is not None
        and before.text == "-"
        and not before.glued
    )


def _years(detail: str, values: Sequence[tuple[int, int]]) -> Limit | None:
    low, high = values[0]
    if detail == "between":
        low, high = min(value[0] for value in values), max(value[1] for value in values)
    ranges = {
        "in": str(low) if low == high else f"{low}..{high}",
        "between": str(low) if low == high else f"{low}..{high}",
        "about": f"{low - NEARLY_YEARS}..{high + NEARLY_YEARS}",
        "before": f"..{low - 1}",
        "until": f"..{high}",
        "after": f"{high + 1}..",
        "since": f"{low}..",
    }
    return Limit("year", ranges[detail])


def _length(detail: str, values: Sequence[float]) -> Limit | None:
    if detail in ("short", "long"):
        return Limit("duration", f"..{SHORT}" if detail == "short" else f"{LONG}..")
    low, high = values[0], values[-1]
    if detail == "between":
        if len(values) == 3:  # "3 to 5 minutes": the unit comes last
            low, high = values[0] * values[2], values[1] * values[2]
        low, high = min(low, high), max(low, high)
    if detail == "about":
        low, high = round(low * (1 - NEARLY_LENGTH)), round(high * (1 + NEARLY_LENGTH))
    if not 0 < high <= MAX_SECONDS:
        return None
    return Limit("duration", _range(detail, low, high))


def _tempo(detail: str, values: Sequence[Any]) -> Limit | None:
    numbers = [value for value in values if value is not None]
    if not all(MIN_BPM <= value <= MAX_BPM for value in numbers):
        return None
    low, high = min(numbers), max(numbers)
    if detail == "at":
        return Limit("bpm", f"~{plain(low)}")
    if detail == "about":
        return Limit("bpm", f"~{round(low * (1 - NEARLY_BPM))}..{round(high * (1 + NEARLY_BPM))}")
    return Limit("bpm", _range(detail, low, high))


def _range(detail: str, low: float, high: float) -> str:
    ends = {"under": ("", plain(high)), "over": (plain(low), "")}
    return "..".join(ends.get(detail, (plain(low), plain(high))))


def _key(detail: str, values: Sequence[Key]) -> Limit | None:
    """`detail` says how much a text must say: "named" in any place needs the mode, and no "la" that is an article."""
    key = values[0]
    if detail == "compatible":
        return Limit("compatible", key.name)
    surely = {
        "said": True,
        "syllable": key.mode,
        "accidental": key.accidental or (key.mode and not key.syllable),
        "named": key.mode and not (key.syllable and not key.accidental),
    }
    return Limit("key", key.name) if surely[detail] else None


def _camelot(detail: str, values: Sequence[str], tokens: Sequence[Token]) -> Limit | None:
    """A bare code counts only if its letter is a capital: "8a" is also the number of a house."""
    if detail == "compatible":
        return Limit("compatible", values[0])
    return Limit("camelot", values[0]) if detail == "said" or tokens[-1].capital else None


def _folder(name: Sequence[Token], folders: Sequence[str]) -> Limit | None:
    """The first of the folders whose last name is the one that the text says."""
    said = "".join(token.text for token in name)
    for folder in folders:
        if fold(_last(pure_path(folder))).replace(" ", "") == said:
            return Limit("path", folder)
    return None


def _last(path: PurePath) -> str:
    return path.name
