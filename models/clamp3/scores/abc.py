"""Files of ABC -> interleaved ABC."""

import codecs
import re
from itertools import islice

from models.clamp3.scores.interleaving import IrregularError, has_notes, interleave
from models.clamp3.scores.score import MEGABYTE, Reading
from models.clamp3.scores.tunes import field_of, is_regular, standard, tunes
from polymuse.errors import BadScoreError
from polymuse.text import clean

MAX_BYTES = 10 * MEGABYTE  # books of thousands of tunes, of which the first is read
MAX_TUNES = 1000  # in which a note is looked for
MAX_TUNE = MEGABYTE  # characters
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
NO_NOTES = "there is no note in it"
ADVICE = "Give a score with notes."

_TUNE = re.compile(r"^X:", re.MULTILINE)
_ANY_FIELD = re.compile(r"^[XKVLM]:", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_MUSIC = re.compile(r"^(?!.:|%|\s*$).*", re.MULTILINE)


def read_abc(content: bytes) -> Reading:
    """The first tune of a file that has notes. A file that is interleaved already is read as it is.

    Raises BadScoreError for a file that is no ABC or has no notes.
    """
    remarks: list[str] = []
    text = _decoded(content, remarks)
    if not _ANY_FIELD.search(text):
        raise BadScoreError("this is not a tune in ABC: no line begins with X: or K:", "Check the file.")
    count = len(_TUNE.findall(text))
    for number, whole in enumerate(islice(tunes(text), MAX_TUNES), 1):
        tune = whole[:MAX_TUNE]
        own_remarks: list[str] = []
        interleaved = _interleaved(tune, own_remarks)
        if not has_notes(interleaved):
            continue
        if count > 1:
            own_remarks.insert(0, f"only tune {number} of {count} in the file was read")
        if len(whole) > MAX_TUNE:
            own_remarks.append("the tune is very long, and was read in part")
        title, composer = clean(field_of(tune, "T")), clean(field_of(tune, "C"))
        return Reading(interleaved, "abc", title, composer, remarks=(*remarks, *own_remarks))
    raise BadScoreError(NO_NOTES, ADVICE)


def _interleaved(tune: str, remarks: list[str]) -> str:
    """The tune as interleaved ABC, "" if there is no note. Adds to `remarks` what the reference would not read."""
    music = _MUSIC.findall(tune)
    if music and all(line.startswith("[V:1]") for line in music):
        return tune
    if is_regular(tune):
        return joined(tune, remarks)
    plain = standard(tune)
    if "\nV:2" not in plain:
        remarks.append("the tune is not divided into voices, and was read as one")
    else:
        remarks.append("the parts of each voice were put together")
    return joined(plain, remarks)


def joined(plain: str, remarks: list[str]) -> str:
    """Standard ABC as interleaved ABC, also if voices have different numbers of bars; "" if there is no note."""
    try:
        return interleave(plain)
    except IrregularError:
        try:
            interleaved = interleave(plain, unequal=True)
        except IrregularError:
            return ""
    remarks.append("the voices have different numbers of bars")
    return interleaved


def _decoded(content: bytes, remarks: list[str]) -> str:
    """The text of a file in UTF-8, UTF-16 or, with a remark, Latin-1; line feeds end lines."""
    bom = next((bom for bom in BOMS if content.startswith(bom)), b"")
    encoding = BOMS.get(bom) or _guessed(content)
    try:
        text = content[len(bom) :].decode(encoding, "strict" if encoding == "utf-8" else "replace")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
        remarks.append("the file is not in UTF-8, and was read as Latin-1")
    printable, controls = _CONTROL.subn("", text)
    if controls * 10 > len(text):
        raise BadScoreError("this is not a text", "Check the file.")
    if controls:
        remarks.append("control characters were left out")
    return printable.replace("\r\n", "\n").replace("\r", "\n")


def _guessed(content: bytes) -> str:
    """UTF-16 without a mark has a zero in nearly every other byte."""
    start = content[:2000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(start) > 3 and zeros.count(0) * 10 > len(zeros) * 9:
            return encoding
    return "utf-8"
