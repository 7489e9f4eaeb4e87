"""Musical keys as people and programs write them: "Am", "A minor", "a-moll", "ля минор", "イ短調", "8A" and "1m".

Tonics are pitch classes, C = 0 to B = 11. A Camelot code is a number from 1 to 12 with the letter A for minor and B for
major: neighbours on the circle of fifths have neighbouring numbers, and relative keys have the same number.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from polymuse.key_names import KEY_NAMES, LETTERS, KeyNames
from polymuse.music import MAJOR_KEYS, MINOR_KEYS

MAX_KEY = 40  # characters; no key is longer
CODES = 12  # numbers of the Camelot wheel
OPEN_KEY = 7  # an Open Key code is a Camelot code so many hours earlier: 1d is 8B, 1m is 8A

# Beside the names of `polymuse.key_names`: German ones, whose signs are a part of the note, and those of programs.
_MORE_SHARPS, _MORE_FLATS = ["♯", "is"], ["b", "es", "s"]  # "s" as in As and Es
_MORE_MAJORS, _MORE_MINORS = ["dur", "ionian"], ["moll", "aeolian"]
_MORE_BEFORE = ["變"]
_GERMAN = ("dur", "moll")  # with these, B is what others call Bb


def _plain(text: str) -> str:
    """Compatibility forms composed, and Latin letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.strip())
    latin = "".join(each for each in decomposed if not "\u0300" <= each <= "\u036f")
    return unicodedata.normalize("NFC", latin)


def _accidentals(names: KeyNames) -> tuple[str, ...]:
    return names.sharps + names.flats


def _either(words: "list[str] | dict[str, int]") -> str:
    return "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))


_ALL = KEY_NAMES.values()
_TONICS = {**LETTERS, "h": 11}
_TONICS |= {_plain(name).casefold(): pitch for each in _ALL for name, pitch in each.pitches.items()}
_SHARPS = [*_MORE_SHARPS, *(_plain(name) for each in _ALL for name in each.sharps)]
_FLATS = [*_MORE_FLATS, *_MORE_BEFORE, *(_plain(name) for each in _ALL for name in each.flats)]
_BEFORE = [*_MORE_BEFORE, *(name for code in ("zh", "ja", "ko") for name in _accidentals(KEY_NAMES[code]))]
_MAJORS = [*_MORE_MAJORS, *(_plain(name) for each in _ALL for name in each.major)]
_MINORS = [*_MORE_MINORS, *(_plain(name) for each in _ALL for name in each.minor)]

_ACCIDENTAL = f"(?:{_either([*_SHARPS, *_FLATS])})"
_FORM = re.compile(
    rf"(?P<before>{_either(_BEFORE)})?[\s_-]*(?P<tonic>{_either(_TONICS)})[\s_-]*(?P<after>{_ACCIDENTAL})??"
    rf"[\s_:-]*(?P<mode>m|{_either([*_MAJORS, *_MINORS])})?"
)
_CODE = re.compile(r"0?(?P<number>[1-9]|1[0-2])\s*(?P<letter>[abdm])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """A major or minor key."""

    tonic: int  # pitch class, 0 to 11
    minor: bool

    @property
    def name(self) -> str:
        """As it is usually written: "C", "F#m", "Bb"."""
        return (MINOR_KEYS if self.minor else MAJOR_KEYS)[self.tonic]

    @property
    def camelot(self) -> str:
        """Such as "8A"; number (7 p + 7) mod 12 + 1, with p the tonic, of a minor key that of its relative major."""
        major = self.tonic + 3 if self.minor else self.tonic
        return f"{(7 * major + 7) % 12 + 1}{'A' if self.minor else 'B'}"


@lru_cache(4096)
def parse_key(text: str) -> Key | None:
    """The key that a text names, in one of several notations and languages, or as a code; None if it names none."""
    if len(text) > MAX_KEY:
        return None
    text = _plain(text)
    if code := _CODE.fullmatch(text):
        number, letter = int(code["number"]), code["letter"].lower()
        if letter in "dm":
            number = (number - 1 + OPEN_KEY) % CODES + 1
        return _by_code()[f"{number}{'A' if letter in 'am' else 'B'}"]
    form = _FORM.fullmatch(text.casefold())
    if form is None or (form["before"] and form["after"]):
        return None
    tonic, mode, accidental = form["tonic"], form["mode"] or "", form["before"] or form["after"] or ""
    if not _is_spelling(tonic, accidental, mode):
        return None
    pitch = _TONICS[tonic]
    if accidental:
        pitch += 1 if accidental in _SHARPS else -1
    elif tonic == "b" and mode in _GERMAN:
        pitch -= 1
    major_letter = mode == "m" and text.endswith("M")  # "CM" is C major
    return Key(pitch % 12, mode in _MINORS or (mode == "m" and not major_letter))


def parse_camelot(text: str) -> Key | None:
    """The key of a Camelot code, such as "8A" or "08a"; None for anything else."""
    code = _CODE.fullmatch(text.strip()) if len(text) <= MAX_KEY else None
    return None if code is None or code["letter"] in "dDmM" else parse_key(text)


def compatible(key: Key) -> tuple[Key, ...]:
    """The keys that mix with this one by the Camelot wheel: itself, both neighbours, and the relative key."""
    number, letter = int(key.camelot[:-1]), key.camelot[-1]
    neighbours = (f"{(number - 1 + step) % CODES + 1}{letter}" for step in (0, -1, 1))
    return tuple(_by_code()[code] for code in (*neighbours, f"{number}{'B' if letter == 'A' else 'A'}"))


def _is_spelling(tonic: str, accidental: str, mode: str) -> bool:
    """German names need their ending: Fis, As and Es are keys only with a mode, and H has no sign."""
    if accidental == "s":
        return tonic in ("a", "e") and bool(mode)
    if accidental in ("is", "es"):
        return len(tonic) == 1 and tonic not in ("a", "e")[: 2 * (accidental == "es")] and bool(mode)
    return not (tonic == "h" and accidental)


@cache
def _by_code() -> dict[str, Key]:
    return {key.camelot: key for key in (Key(tonic, minor) for tonic in range(12) for minor in (False, True))}
