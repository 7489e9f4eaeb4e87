"""Decodes text whose encoding is not declared, or declared as Latin-1, which many programs ignore.

What is certain is repaired first: UTF-8. Other encodings are guessed from all texts of a file together, but only if
they make no sense in Western languages: no Western text may be changed, so that a doubtful one is left as declared.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

from indexer.file_tags.scripts import MODELS, log_probability
from indexer.file_tags.values import Value, Values

AUTO = "auto"
WESTERN = "cp1252"  # Latin-1 with printable characters in place of control codes
CENTRAL = "cp1250"  # Polish, Czech and their neighbours
LETTERS = {  # with marks, in the languages of an encoding
    WESTERN: frozenset("àâäáãåæçèéêëìíîïñòóôöõøœùúûüýÿßšžðþ"),
    CENTRAL: frozenset("áäąăâćčçďđéęěëíîĺľłńňóôöőŕřśšşťţúůüűýźžżß"),
}
UMLAUTS = frozenset("äöüåæø")  # stand next to each other in any number: "jäääär", "ÆØÅ"
WESTERN_SYMBOLS = "’‘“”–—…´`°«»®™©·¡¿\xa0½²³ªº§&£€×•"
PLAIN = str.maketrans("’‘“”–—\xa0", "''\"\"-- ", "\xad")  # typography, which may stand within words
MAX_RUN = 3  # letters with marks in a row
NON_ASCII = re.compile(r"[^\x00-\x7f]+")
WITHIN_WORD = re.compile(r"(?<=[A-Za-z])[^\W\x00-\x7f]+(?=[A-Za-z])")  # no other script continues a Latin word
MIN_EVIDENCE = 3  # bytes beyond ASCII in all texts
MIN_CHARACTERS = 2  # different ones beyond ASCII
MAX_EVIDENCE = 2_000  # bytes that are looked at, of a text and about of all
ID3V1_SIZES = range(27, 31)  # bytes of a field that may have been cut within a character
# What a pair of characters that is one character in UTF-8 may stand for; beyond, the pair is Western, as in CAFÉ®
REPAIRED = re.compile(
    "[\u00a0-\u017f\u0218-\u021b\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f\u1e00-\uffef\U00010000-\U0010ffff]+"
)


def decoded(systems: Sequence[Values], encoding: str = AUTO) -> list[dict[str, list[str]]]:
    """The texts of all tag systems of a file. `encoding`: for bytes that are not UTF-8, or AUTO to guess it."""
    unknown = [value for system in systems for value in _values(system) if isinstance(value, bytes)]
    chosen = guess(unknown) if encoding == AUTO else encoding
    return [
        {field: [_text(value, chosen) for value in values] for field, values in system.items()} for system in systems
    ]


def guess(values: Iterable[bytes]) -> str:
    """The encoding of texts that belong together; WESTERN unless they make no sense in it."""
    texts = [value for value in dict.fromkeys(values) if not value.isascii() and _as_utf8(value) is None]
    texts = [*_first_bytes(texts)]
    joined = b"\n".join(texts)
    if sum(byte > 0x7F for byte in joined) < MIN_EVIDENCE or is_latin(joined, WESTERN):
        return WESTERN
    if is_latin(joined, CENTRAL):
        return CENTRAL
    texts = [text for text in texts if not _is_surely_western(text)]
    best, encoding = max((_score(texts, encoding), encoding) for encoding in MODELS)
    return encoding if best > float("-inf") else WESTERN


def _score(texts: Sequence[bytes], encoding: str) -> float:
    """The logarithm of the probability that texts are in an encoding."""
    model, prior = MODELS[encoding]
    read = [_strictly(text, encoding) for text in texts]
    joined = "\n".join(text for text in read if text is not None)
    runs = NON_ASCII.findall(joined)
    if None in read or len(set("".join(runs))) < MIN_CHARACTERS or len(WITHIN_WORD.findall(joined)) > len(runs) / 4:
        return float("-inf")
    return prior + sum(log_probability(text, model) for text in joined.split("\n"))


def _text(value: Value, encoding: str) -> str:
    if isinstance(value, str):
        return _repaired(value)
    repaired = _as_utf8(value)
    if repaired is not None:
        return repaired
    if encoding in MODELS and _is_surely_western(value):  # an exception among the texts of a file
        encoding = WESTERN
    text = _strictly(value, encoding)
    if text is None and encoding != WESTERN:
        return value.decode(encoding, "replace")
    return text if text is not None else value.decode("latin-1")


def _repaired(text: str) -> str:
    """The text; if it is UTF-8 that was read as Latin-1 or Windows-1252 and stored again, what it was before."""
    if text.isascii() or max(text) > "\u2122":
        return text
    for encoding in (WESTERN, "latin-1"):
        try:
            return _as_utf8(text.encode(encoding)) or text
        except UnicodeEncodeError:
            continue
    return text


def _as_utf8(value: bytes) -> str | None:
    """The text of bytes that are certainly UTF-8; None if they may be something else."""
    text = _strictly(value, "utf-8")
    if text is None:
        return None
    beyond = "".join(NON_ASCII.findall(text))
    return text if REPAIRED.fullmatch(beyond) or value.isascii() else None


def _strictly(value: bytes, encoding: str) -> str | None:
    """The text; None if the bytes are invalid. What was cut may end within a character, which is left out."""
    cut = len(value) in ID3V1_SIZES or len(value) == MAX_EVIDENCE
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(value, final=not cut)
    except UnicodeDecodeError:
        return None
    return text


def is_latin(value: bytes, encoding: str) -> bool:
    """Whether bytes make sense in one of LETTERS: at least a third of the letters with marks stand where words of its
    languages have them."""
    good, bad = _sense(value, encoding)
    return bad < 2 * good or bad == 0


def _is_surely_western(value: bytes) -> bool:
    good, bad = _sense(value, WESTERN)
    return good > 0 and bad == 0


def _sense(value: bytes, encoding: str) -> tuple[int, int]:
    """How many letters with marks belong to words, and how many do not."""
    good, bad = 0, 0
    text = value.decode(encoding, "replace").translate(PLAIN)
    for match in NON_ASCII.finditer(text):
        start, end = match.span()
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        run = match[0]
        if not after.isalpha():
            run = run.rstrip(WESTERN_SYMBOLS)
        if not before.isalpha():
            run = run.lstrip(WESTERN_SYMBOLS)
        neighbours = (before if before.isalpha() else "", after if after.isalpha() else "")
        sense = _makes_sense(run, *neighbours, LETTERS[encoding])
        if sense is not None:
            good, bad = good + sense * len(run), bad + (not sense) * len(run)
    return good, bad


def _makes_sense(run: str, before: str, after: str, letters: frozenset[str]) -> bool | None:
    """Whether a run of characters beyond ASCII, between these letters, belongs to a word; None if it proves nothing."""
    small = run.lower()
    if not run or (len(run) == 1 and (small in WESTERN_SYMBOLS or not (before or after))):
        return None
    if UMLAUTS.issuperset(small):
        return True
    if not letters.issuperset(small) or len(run) > MAX_RUN:
        return False
    if run.islower():
        return bool(before or after)
    if run[1:].islower() or len(run) == 1:
        capital = not before and bool(after)
        return capital or (len(run) == 1 and not before.islower() and not after.islower())
    return run.isupper() and not before.islower() and not after.islower() and bool(before or after)


def _values(system: Values) -> Iterator[Value]:
    for values in system.values():
        yield from values


def _first_bytes(texts: Iterable[bytes]) -> Iterator[bytes]:
    left = MAX_EVIDENCE
    for text in texts:
        if left > 0:
            yield text[:MAX_EVIDENCE]
            left -= len(text)
