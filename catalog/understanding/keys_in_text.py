"""Musical keys in a text: "A minor", "Cis-Moll", "la mineur", "升C小调", "嬰ハ短調", and codes of the Camelot wheel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from catalog.understanding.tokens import Token, TokenKind
from polymuse.key_names import LETTERS
from polymuse.music import MAJOR_KEYS, MINOR_KEYS

FLATS = {f"{letter}b": pitch - 1 for letter, pitch in LETTERS.items()}  # "eb", "bb"
GERMAN = (
    (LETTERS | {"h": 11, "b": 10})
    | {"cis": 1, "dis": 3, "eis": 5, "fis": 6, "gis": 8, "ais": 10, "his": 0}
    | {"ces": 11, "des": 1, "es": 3, "fes": 4, "ges": 6, "as": 8}
)
GERMAN_MODES = {"dur": False, "moll": True}

Phrases: TypeAlias = dict[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class KeyWords:
    """How languages name notes (pitch classes), accidentals (1, -1) and modes (1: minor), by their tokens."""

    notes: Phrases = field(default_factory=dict)
    accidentals: Phrases = field(default_factory=dict)
    modes: Phrases = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a text names it."""

    name: str  # "Am", "F#"
    mode: bool  # whether the text says major or minor
    accidental: bool
    syllable: bool  # whether the note is named as "do", "la" or "si", which are other words as well


@dataclass(frozen=True, slots=True)
class _Note:
    end: int
    pitch: int
    accidental: bool = False
    syllable: bool = False


def keys_at(tokens: Sequence[Token], at: int, words: KeyWords) -> list[tuple[int, Key]]:
    """(end, key) of the keys that start at a token: at most one, the longest."""
    if german := _german(tokens, at):
        return [german]
    note = _note(tokens, at, words)
    if note is None:
        return []
    text = tokens[note.end - 1]
    if tokens[at].text[-1:] == "m" and note.end == at + 1 and not note.syllable:  # Am, Ebm
        return [(note.end, Key(MINOR_KEYS[note.pitch % 12], mode=True, accidental=note.accidental, syllable=False))]
    mode = _longest(tokens, _after_dash(tokens, note.end), words.modes)
    if mode is None and note.end < len(tokens) and tokens[note.end].text == "m" and text.text in ("#", "♭"):
        mode = (note.end + 1, 1)  # F#m
    end, minor = mode or (note.end, 0)
    names = MINOR_KEYS if minor else MAJOR_KEYS
    return [(end, Key(names[note.pitch % 12], mode is not None, note.accidental, note.syllable))]


def camelot_at(tokens: Sequence[Token], at: int) -> list[tuple[int, str]]:
    """(end, code) of a code of the Camelot wheel, "1A" to "12B"."""
    if tokens[at].kind is not TokenKind.NUMBER or at + 1 >= len(tokens):
        return []
    number, letter = tokens[at].text, tokens[at + 1]
    if not letter.glued or letter.text not in ("a", "b") or number.startswith("0") or len(number) > 2:
        return []
    return [(at + 2, f"{number}{letter.text.upper()}")] if int(number) <= 12 else []


def _german(tokens: Sequence[Token], at: int) -> tuple[int, Key] | None:
    """a-Moll, Cis-Dur, B-Dur (which is B flat)."""
    text, mode_at = tokens[at].text, _after_dash(tokens, at + 1)
    if text not in GERMAN or mode_at >= len(tokens) or tokens[mode_at].text not in GERMAN_MODES:
        return None
    names = MINOR_KEYS if GERMAN_MODES[tokens[mode_at].text] else MAJOR_KEYS
    return mode_at + 1, Key(names[GERMAN[text]], mode=True, accidental=len(text) > 1, syllable=False)


def _note(tokens: Sequence[Token], at: int, words: KeyWords) -> _Note | None:
    """A note with its accidental, which stands in front in some languages: 升C, 嬰ハ."""
    before = _longest(tokens, at, words.accidentals)
    if before is not None:
        natural = _natural(tokens, before[0], words)
        return None if natural is None else _Note(natural.end, natural.pitch + before[1], True, natural.syllable)
    note = _natural(tokens, at, words)
    if note is None or note.accidental:
        return note
    after = _longest(tokens, _after_dash(tokens, note.end), words.accidentals)
    return note if after is None else _Note(after[0], note.pitch + after[1], True, note.syllable)


def _natural(tokens: Sequence[Token], at: int, words: KeyWords) -> _Note | None:
    named = _longest(tokens, at, words.notes)
    if named is not None:
        return _Note(*named, syllable=tokens[at].kind is TokenKind.WORD)
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.text in LETTERS:
        return _Note(at + 1, LETTERS[token.text])
    if token.capital and token.text[:-1] in LETTERS and token.text[-1] == "m":
        return _Note(at + 1, LETTERS[token.text[:-1]])
    flat = token.text.removesuffix("m")
    if flat not in FLATS or not (token.capital or _longest(tokens, _after_dash(tokens, at + 1), words.modes)):
        return None  # "bb" is no note, but "bb minor" is a key
    return _Note(at + 1, FLATS[flat], accidental=True)


def _longest(tokens: Sequence[Token], at: int, phrases: Phrases) -> tuple[int, int] | None:
    """(end, value) of the longest of the phrases that starts at a token."""
    for length in range(min(3, len(tokens) - at), 0, -1):
        value = phrases.get(tuple(token.text for token in tokens[at : at + length]))
        if value is not None:
            return at + length, value
    return None


def _after_dash(tokens: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text == "-" else at
