"""MusicXML -> interleaved ABC, by xml2abc, which made the scores that the symbolic tower was trained on.

It is no part of Poly-Muse (its licence is the LGPL) and runs as a program of its own, with limits on memory and time.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.parsers import expat

from models.clamp3.scores import converter
from models.clamp3.scores.abc import ADVICE, NO_NOTES, joined
from models.clamp3.scores.converter import CONVERTER, SCORE
from models.clamp3.scores.interleaving import has_notes
from models.clamp3.scores.mxl import SIGNATURE, unpack
from models.clamp3.scores.score import MEGABYTE, Reading
from polymuse.errors import BadScoreError, UnavailableError
from polymuse.text import clean

MAX_BYTES = 8 * MEGABYTE  # of a file .mxl
MAX_XML = 32 * MEGABYTE  # a symphony has 10 to 30
MAX_DEPTH = 100  # of elements in each other
SECONDS = 90  # a minute of computation, in peace
ROOTS = ("score-partwise", "score-timewise")
SAVE_AGAIN = "Export it again from the program that made it."
TITLES = ("movement-title", "work-title")  # elements, the better one first


def read_music_xml(content: bytes) -> Reading:
    """The score in a file of MusicXML, plain or compressed (.mxl).

    Raises BadScoreError for another file, a damaged one and one without notes, UnavailableError if the package with
    the converter is missing.
    """
    remarks: list[str] = []
    if content.startswith(SIGNATURE):
        content = unpack(content, MAX_XML, remarks)
    elements = _Elements()
    elements.read(content)
    interleaved = joined(_converted(content, elements.root, remarks), remarks)
    if not has_notes(interleaved):
        raise BadScoreError(NO_NOTES, ADVICE)
    title = next((elements.texts[name] for name in TITLES if name in elements.texts), "")
    return Reading(interleaved, "musicxml", title, elements.texts.get("composer", ""), remarks=tuple(remarks))


class _Elements:
    """Looks through a file of MusicXML without building a tree: refuses what is none, finds title and composer."""

    def __init__(self) -> None:
        self.root = ""
        self.texts: dict[str, str] = {}  # title and composer, in clean lines
        self._depth = 0
        self._wanted = ""

    def read(self, content: bytes) -> None:
        """Raises BadScoreError."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise BadScoreError(f"the XML is damaged ({error})", SAVE_AGAIN) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.root = name
            if name not in ROOTS:
                raise BadScoreError(f"this is not MusicXML: its root is {clean(name)[:50]}, not {ROOTS[0]}", SAVE_AGAIN)
        if self._depth > MAX_DEPTH:
            raise BadScoreError("the XML is nested too deeply for a score", SAVE_AGAIN)
        kind = attributes.get("type", "") if name == "creator" else name
        self._wanted = kind if kind in (*TITLES, "composer") and kind not in self.texts else ""

    def _characters(self, text: str) -> None:
        if self._wanted:
            self.texts[self._wanted] = clean(self.texts.get(self._wanted, "") + text)

    def _end(self, _: str) -> None:
        self._depth -= 1
        self._wanted = ""

    def _entity(self, *_: object) -> None:
        raise BadScoreError("the XML declares entities, which no score needs", SAVE_AGAIN)


def _converted(content: bytes, root: str, remarks: list[str]) -> str:
    """Standard ABC with the unit 1/8 and without line breaks. Raises BadScoreError, UnavailableError."""
    if importlib.util.find_spec(CONVERTER.partition(".")[0]) is None:
        raise UnavailableError(
            "MusicXML cannot be read without the package abctoolkit", "Run `pip install 'poly-muse[scores]'`"
        )
    simplify = root != ROOTS[0]
    text, said = _run(content, simplify=simplify)
    if not text.strip() and "occurred" in said and not simplify:
        text, _ = _run(content, simplify=True)
        remarks.append("words, tempo and dynamics were left out, as the converter stumbled over them")
    if text.strip():
        return text
    if "has no notes" in said:
        raise BadScoreError(NO_NOTES, ADVICE)
    found = re.search(r"\*\* (.*) occurred: (.*) in ", said)
    reason = f" ({clean(found.group(1))}: {clean(found.group(2))})" if found else ""
    raise BadScoreError(f"the score cannot be converted{reason}", SAVE_AGAIN)


def _run(content: bytes, *, simplify: bool) -> tuple[str, str]:
    """What the converter writes of a score, and what it says. Raises BadScoreError if that takes too long."""
    command = [sys.executable, "-P", converter.__file__, *(["simplify"] if simplify else [])]
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory(prefix="polymuse-score-") as folder:
        (Path(folder) / SCORE).write_bytes(content)
        output, errors = Path(folder) / "score.abc", Path(folder) / "errors.txt"
        with output.open("wb") as out, errors.open("wb") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err}
            try:
                subprocess.run(command, cwd=folder, env=environment, timeout=SECONDS, check=False, **streams)
            except subprocess.TimeoutExpired as error:
                raise BadScoreError(
                    f"the score is not converted within {SECONDS} seconds", "Give a part of it."
                ) from error
        with errors.open("rb") as file:
            said = file.read(MEGABYTE).decode("utf-8", "replace")
        return output.read_bytes().decode("utf-8", "replace"), said
