"""Texts of scores -> patches of 64 characters, the input of the symbolic tower.

A patch is a bar of a voice or a header line of ABC, or as many MIDI messages of one type as fit.
"""

import re

import numpy as np
from text_unidecode import unidecode

from polymuse.errors import BadScoreError

PATCH = 64  # characters
CONTENT = PATCH - 2  # without a start and an end
START, END = b"\x01", b"\x02"
MIDI_START = "ticks_per_beat"  # the first word of a MIDI file as text
UNIT = "L:1/8\n"  # the unit length of all scores in training, left out there

BAR_LINES = ("|:", "::", ":|", "[|", "||", "|]", "|")  # tried in this order at every place
_BAR_LINE = re.compile("(" + "|".join(map(re.escape, BAR_LINES)) + ")")
# The reference transliterates with Unidecode, whose licence is the GPL. Where text-unidecode differs:
UNKNOWN = "[?]"  # instead of nothing
# fmt: off
OTHERWISE = {  # of what may occur in a score
    "♯": "#", "№": "No. ", "™": "(tm)", "¼": " 1/4", "½": " 1/2", "¾": " 3/4", "Ъ": "'", "ъ": "'", "Є": "Ie",
    "し": "shi", "ち": "chi", "つ": "tsu", "っ": "tsu", "シ": "shi", "チ": "chi", "ツ": "tsu", "ッ": "tsu",
    "ー": "-", "・": "*", "゠": "=", "ŋ": "ng", "Ŋ": "NG",
}
# fmt: on


def patches(text: str) -> np.ndarray:
    """The patches of a text, MIDI messages or interleaved ABC: [n, 64] uint8. Raises as `pieces`."""
    return encode(pieces(text))


def pieces(text: str) -> list[str]:
    """The texts of the patches, without the first and the last patch, which are the same for all scores.

    The text is taken as it is: line ends are made the same, and other letters than ASCII are transliterated.
    Raises BadScoreError for a text that is empty, or whose last line is nothing but a bar line.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(UNIT, "")
    if not text.isascii():
        text = text.translate({ord(letter): _in_ascii(letter) for letter in set(text) if not letter.isascii()})
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    if not lines[-1]:
        lines.pop()
    if not lines:
        raise BadScoreError("The score is empty", "Give one with notes.")
    if lines[0].split(" ")[0] == MIDI_START:
        return _joined_messages(lines)
    return [piece for line in lines for piece in _bars(line)]


def _in_ascii(letter: str) -> str:
    plain = OTHERWISE.get(letter) or unidecode(letter)
    return "" if plain.strip() == UNKNOWN else plain


def encode(pieces: list[str]) -> np.ndarray:
    """[n + 2, 64] uint8: every piece between 1 and 2, filled up with 0 or cut; a patch of 1 before all, of 2 behind."""
    encoded = [START * PATCH]
    encoded += [(START + piece.encode("ascii") + END)[:PATCH].ljust(PATCH, b"\0") for piece in pieces]
    encoded.append(START + END * (PATCH - 1))
    return np.frombuffer(b"".join(encoded), np.uint8).reshape(-1, PATCH)


def _joined_messages(lines: list[str]) -> list[str]:
    """Messages of one type that follow each other share a piece while they fit, their type is named once."""
    joined: list[str] = []
    piece = lines[0]
    for line in lines[1:]:
        kind, _, rest = line.partition(" ")
        if piece.startswith(kind) and len(piece) + len(rest) <= CONTENT:
            piece = f"{piece[:-1]}\t{rest}"
        else:
            joined.append(piece)
            piece = line
    return [*joined, piece]


def _bars(line: str) -> list[str]:
    """A header line as it is; the bars of another line, each with the bar line behind it.

    What follows the last bar line is lost, as in the reference.
    """
    if (len(line) > 1 and line[0].isalpha() and line[1] == ":") or line.startswith("%%"):
        return [line]
    parts = [part for part in _BAR_LINE.split(line) if part]
    if parts[0] in BAR_LINES:
        if len(parts) == 1:
            raise BadScoreError("The score ends in a line that is nothing but a bar line", "End that line as others.")
        parts[:2] = [parts[0] + parts[1]]
    bars = [content + bar_line for content, bar_line in zip(parts[::2], parts[1::2], strict=False)]
    return [*bars[:-1], f"{bars[-1]}\n"] if bars else []
