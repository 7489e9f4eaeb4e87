"""Recognises scores by their first bytes and their names, without reading them."""

import re
from collections.abc import Collection
from pathlib import Path

from models.audio.filetypes import MAGIC_BYTES, looks_like_audio
from polymuse.errors import BadScoreError
from polymuse.paths import printable

HEAD_BYTES = 4096  # at the start of a file; the root of MusicXML follows a declaration and a document type
MIDI, ABC, MUSICXML, MXL = ".mid", ".abc", ".musicxml", ".mxl"
_MUSICXML = re.compile(r"<(?:!DOCTYPE\s+|(?:\w+:)?)score-(?:partwise|timewise)\b")
_ABC = re.compile(r"(?:\s|%[^\n]*\n){0,64}X:\s*\d")  # the number that every tune begins with, perhaps after comments
_CONTAINER = b"META-INF/container.xml"  # the first file of a compressed MusicXML
_EPUB = b"mimetypeapplication/epub"  # such a book has a container of the same name
PROGRAMS = {  # suffix of a file that only a program for scores reads -> its name
    **dict.fromkeys((".mscz", ".mscx"), "MuseScore"),
    ".sib": "Sibelius",
    **dict.fromkeys((".musx", ".mus"), "Finale"),
    ".dorico": "Dorico",
    **dict.fromkeys((".gp", ".gp3", ".gp4", ".gp5", ".gpx"), "Guitar Pro"),
    **dict.fromkeys((".cap", ".capx"), "capella"),
    ".nwc": "NoteWorthy Composer",
    ".ly": "LilyPond",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def score_suffix(path: Path, suffixes: Collection[str]) -> str | None:
    """The suffix that a file deserves as a score; None if it is to be taken for audio.

    What the first bytes say goes before the name: MIDI called .mp3 is MIDI, and an MP3 called .mid is none. A name with
    one of `suffixes` (in lower case, with the dot) decides where they say nothing. Raises OSError, and BadScoreError
    for the file of a program for scores if any suffixes are given.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    own = path.suffix.lower() if path.suffix.lower() in suffixes else None
    found = _suffix_of(head)
    program = PROGRAMS.get(path.suffix.lower())
    if program and suffixes and found in (None, MXL) and not looks_like_audio(head[:MAGIC_BYTES]):
        message = f"{printable(path)}: this is a file of {program}, which only that program reads"
        raise BadScoreError(message, "Export it as MusicXML or MIDI there.")
    if found is None:
        return None if looks_like_audio(head[:MAGIC_BYTES]) else own
    return own if own is not None and _family(own) == found else found


def begins_like_musicxml(head: bytes) -> bool:
    """Whether a file with these first HEAD_BYTES is MusicXML, not compressed: its root follows at most a prologue."""
    return _MUSICXML.search(_text(head)) is not None


def _suffix_of(head: bytes) -> str | None:
    if head.startswith(b"MThd") or (head[:4], head[8:12]) == (b"RIFF", b"RMID"):
        return MIDI
    if head.startswith(b"PK\x03\x04") and _CONTAINER in head and _EPUB not in head:
        return MXL
    if begins_like_musicxml(head):
        return MUSICXML
    return ABC if _ABC.match(_text(head)) else None


def _text(head: bytes) -> str:
    return head.decode("utf-16" if head.startswith(_UTF_16) else "utf-8-sig", "ignore")


def _family(suffix: str) -> str:
    """The suffix that `_suffix_of` finds for files that are usually called so."""
    return {".midi": MIDI, ".kar": MIDI, ".rmi": MIDI, ".xml": MUSICXML}.get(suffix, suffix)
