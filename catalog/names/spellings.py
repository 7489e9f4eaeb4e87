"""How people spell a name: with and without article, "and" or a guest, in another order, by initials, transliterated.

A spelling is a key of Latin letters and digits without spaces, so that words may be split or joined.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum

from catalog.names.common_words import is_common
from catalog.names.folding import Word, is_foreign, words_of
from catalog.names.found_name import NameField

GLUE = frozenset(("and", "und", "feat", "ft", "featuring"))  # as good as "&", which is not a word
ARTICLES = frozenset(
    ("the", "a", "an", "der", "die", "das", "le", "la", "les", "los", "las", "el", "il", "lo", "gli", "os", "as")
)
PERSONS: frozenset[NameField] = frozenset(("artist", "composer"))
LONGEST_PERSON = 4  # words of a name that may be turned round or abbreviated
SHORTEST_SOUND = 5  # letters of a name that may be spelt as it sounds
SHORTEST_PART = 4  # letters of a part that stands for a title

_PLAIN = re.compile(r"[\w ']*")
_BRACKETS = re.compile(r"\s*[(\[{（【〔「『].*$", re.DOTALL)
_SUFFIX = re.compile(
    r"\s+[-–—]\s+[^-–—]*\b(?:remaster(?:ed)?|live|mono|stereo|version|edit|mix|remix|demo|acoustic|bonus|single)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_GUEST = re.compile(r"\s+(?:feat|ft|featuring)\b\.?\s.*$", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"^\d{1,3}\s*[-–._)]+\s*(?=\D)")
_SEGMENT = re.compile(r"\s*(?::\s|\s[-–—/|]\s|,\s|;\s|~)")
_INFLECTED = re.compile(r"(?<=[sct]k)(?:i?ego|i?emu|ogo|omu|ii?m)$")  # Чайковского, Pendereckiego
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("tsch|tch|tsh|cz", "c"),
        ("sch|sh|sz", "s"),
        ("kh|ch", "c"),
        ("zh", "z"),
        ("ph", "f"),
        ("th", "t"),
        ("sc(?=[raoul])", "sk"),
        ("ck|qu|q", "k"),
        ("x", "ks"),
        ("ff$|w", "v"),
        ("ou", "u"),
        ("[yj]", "i"),
        ("([aou])e", r"\1"),
        ("ie|ei", "e"),
        (r"(.)\1+", r"\1"),
    )
)


class Kind(IntEnum):
    """How a spelling stands for a name; the lower, the surer."""

    WHOLE = 0
    NEARLY = 1  # without article or brackets, in another order
    SHORT = 2  # by initials, without typing errors
    PART = 3  # the beginning of a title up to a colon, comma or dash
    SOUND = 4  # as it sounds; compared with sounds only
    SURNAME = 5  # a surname as it sounds
    INITIALS = 6  # a name that the library has by its initials; compared with initials only


def keys_of(field: NameField, name: str, words: Sequence[Word]) -> Iterator[tuple[str, Kind]]:
    """The spellings of a name that has these words, none of them empty."""
    latin = without_glue(words)
    whole = "".join(latin)
    if not whole:
        return
    seen = {whole}
    yield whole, Kind.WHOLE
    for key, kind in _others(field, name, latin):
        if key and key not in seen:
            seen.add(key)
            yield key, kind
    if (field in PERSONS or is_foreign(name)) and len(whole) >= SHORTEST_SOUND:
        yield sound_of(whole), Kind.SOUND
    if field in PERSONS and len(latin) > 1 and (surname := _surname(name, words)):
        yield sound_of(surname), Kind.SURNAME
    if field in PERSONS and (initials := _own_initials(latin)):
        yield initials, Kind.INITIALS


def without_glue(words: Sequence[Word]) -> list[str]:
    """The Latin forms of words, without those that only join others."""
    return [word[0] for word in unglued(words)]


def unglued(words: Sequence[Word]) -> Sequence[Word]:
    """Words without those that only join others."""
    return [word for word in words if word[0] not in GLUE] or words


def initials_of(latin: Sequence[str]) -> str:
    """First letters of all words but the last, which stands in full: "jsbach"."""
    return "".join([each[0] for each in latin[:-1]] + [latin[-1]])


def sound_of(key: str) -> str:
    """A key that spellings of a name in several languages share: "caikovski" for Tchaikovsky and Чайковский."""
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key or "0"


def nominative(key: str) -> str:
    """The key of a word, without the ending that Slavic surnames in -ski have after "by" or "of"."""
    return _INFLECTED.sub("i", key)


def _others(field: NameField, name: str, latin: Sequence[str]) -> Iterator[tuple[str, Kind]]:
    yield _without_article(latin), Kind.NEARLY
    if field == "genre" or (field not in PERSONS and _PLAIN.fullmatch(name) and "feat" not in name.lower()):
        return
    bare = _GUEST.sub("", _BRACKETS.sub("", name))
    if field in PERSONS:
        yield from _of_person(bare)
        return
    bare = _NUMBER.sub("", _SUFFIX.sub("", bare))
    if bare != name:
        words = without_glue(words_of(bare))
        yield "".join(words), Kind.NEARLY
        yield _without_article(words), Kind.NEARLY
    if segment := _SEGMENT.search(bare, 1):
        words = unglued(words_of(bare[: segment.start()]))
        part = [word.latin for word in words]
        for key in ("".join(part), _without_article(part)):
            if len(key) >= SHORTEST_PART and not (len(words) == 1 and is_common(words[0])):
                yield key, Kind.PART


def _without_article(latin: Sequence[str]) -> str:
    return "".join(latin[1:]) if len(latin) > 1 and latin[0] in ARTICLES and latin[1] not in ARTICLES else ""


def _surname(name: str, words: Sequence[Word]) -> str:
    """The last word, or the first before a comma, if it is long enough and not a word that all use."""
    surname = words[0] if "," in name else words[-1]
    return surname.latin if len(surname.latin) >= SHORTEST_SOUND and not is_common(surname) else ""


def _of_person(name: str) -> Iterator[tuple[str, Kind]]:
    """The usual order and the one of an index, and initials for all names but the last."""
    last, comma, first = name.partition(",")
    latin = without_glue(words_of(name))
    if comma and "," not in first:
        latin = [*without_glue(words_of(first)), *without_glue(words_of(last))]
    yield "".join(latin), Kind.NEARLY
    if 2 <= len(latin) <= LONGEST_PERSON and not any(each in ARTICLES for each in latin):
        yield "".join([latin[-1], *latin[:-1]]), Kind.NEARLY
        if len(latin[-1]) > 1:
            yield initials_of(latin), Kind.SHORT


def _own_initials(latin: Sequence[str]) -> str:
    """The key of a name whose words but the last are single letters, or two or three letters together ("JS Bach")."""
    firsts = latin[:-1]
    if not firsts or len(latin) > LONGEST_PERSON or len(latin[-1]) < 3:
        return ""
    return "".join(latin) if all(len(each) == 1 for each in firsts) else ""
