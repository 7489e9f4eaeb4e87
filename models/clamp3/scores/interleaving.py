"""Standard ABC, one voice after the other -> interleaved ABC, one line a bar with all voices in it.

The rules are those behind the training of the symbolic tower, odd ones included, so that texts equal the reference's.
"""

import re
from dataclasses import dataclass, replace

BAR_LINES = ("|:", "::", ":|", "[|", "||", "|]", "|", ":[|")  # tried in this order at every place
VOICE_1 = "V:1"

_BAR_LINE = re.compile("(" + "|".join(map(re.escape, BAR_LINES)) + ")")
_DROPPED = ("X:", "T:", "C:", "W:", "w:", "Z:", "%%MIDI")
_FIELD = re.compile(r"[A-Za-z]:|%")
_BAR_NUMBER = re.compile(r"%\d+$")
_QUOTED = re.compile(r'"[^"]*"')
_ENDING = re.compile(r"[0-9,.\-:]+")  # numbers of repeats, such as 1,3
_DECORATION = re.compile(r'![^!]*!|"[\^_<>@][^"]*"')
_INLINE_FIELD = re.compile(r"\[[A-Za-z]:[^\[\]]*\]")
_PREFIX = re.compile(rf"(?:\s*{_INLINE_FIELD.pattern})+\s*")
_PITCH = re.compile(r"[A-Ga-g]")
_SOUND = re.compile(r"[A-WYa-wy]")  # letters but Z, z, X and x, which are rests


class IrregularError(ValueError):
    """The text does not keep to the rules; says why."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The music of a bar, and the bar line at its end."""

    music: str
    line: str


@dataclass(frozen=True, slots=True)
class Voice:
    """The bars of a voice."""

    name: str  # V:1
    start: str  # inline fields and bar line before the first bar
    bars: tuple[Bar, ...]


def interleave(text: str, *, unequal: bool = False) -> str:
    """The interleaved text: header lines, then a line for every bar, from the first with a note to the last.

    `unequal` allows that voices have different numbers of bars. Raises IrregularError where the reference has no
    output: no line V:1, voices of unequal length, no note.
    """
    header, voices = _voices(text)
    if not unequal and len({len(voice.bars) for voice in voices}) != 1:
        raise IrregularError("the voices have different numbers of bars")
    voices = [_read_voice(voice.name, _written(voice)) for voice in _stripped(voices)]
    rows: list[list[str]] = [[] for _ in range(max(len(voice.bars) for voice in voices))]
    for voice in voices:
        for index, bar in enumerate(voice.bars):
            start = "" if index else voice.start
            rows[index].append(f"[{voice.name}]{start}{bar.music}{bar.line}")
    return "".join(f"{line}\n" for line in (*header, *map("".join, rows)))


def has_notes(interleaved: str) -> bool:
    """Whether a bar has a note: chord symbols, words and inline fields do not count."""
    music = "\n".join(line for line in interleaved.split("\n") if line.startswith("[V:"))
    return _PITCH.search(_INLINE_FIELD.sub("", _QUOTED.sub("", _DECORATION.sub("", music)))) is not None


def without_bar_lines(line: str) -> str:
    r"""A line of music without quoted strings that look like bar lines; else without `\"`, as in the reference."""
    kept = _QUOTED.sub(lambda quoted: "" if _BAR_LINE.search(quoted.group()) else quoted.group(), line)
    return kept if kept != line else line.replace('\\"', "")


def _voices(text: str) -> tuple[list[str], list[Voice]]:
    """The header lines, and the voices of what begins at the last line V:1. The last text of a name counts."""
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    lines = [line for line in lines if not line.startswith(_DROPPED)]
    starts = [index for index, line in enumerate(lines) if line.strip() == VOICE_1]
    if not starts:
        raise IrregularError("there is no line V:1")
    lines[starts[-1] :] = [_BAR_NUMBER.sub("", line) for line in lines[starts[-1] :]]
    lines = [line if _FIELD.match(line) else without_bar_lines(line) for line in lines]
    texts: dict[str, list[str]] = {}
    name = VOICE_1
    for line in lines[starts[-1] :]:
        if line.startswith("V:"):
            name = line.strip()
            texts[name] = []
        else:
            texts[name].append(line)
    return lines[: starts[-1]], [_read_voice(name, "\n".join(parts)) for name, parts in texts.items()]


def _read_voice(name: str, text: str) -> Voice:
    pieces = [piece for piece in _BAR_LINE.split(text.strip()) if piece.strip()]
    pieces = [piece for index, piece in enumerate(pieces) if not index or piece != pieces[index - 1]]
    prefix = ""
    if pieces and _PREFIX.fullmatch(pieces[0]):
        prefix, first = pieces[0], 2
    else:
        first = 1 if pieces and pieces[0] in BAR_LINES else 0
    for index in range(first, len(pieces), 2):
        music = pieces[index].strip().replace("\n", "")
        ending = _ENDING.match(music) if music and music[0] in "0123456789:" else None
        if ending and index:
            length = min(ending.end(), len(music) - 1)
            pieces[index - 1] += music[:length]
            music = music[length:].strip()
        pieces[index] = music
    start = prefix + pieces[first - 1] if first and len(pieces) >= first else prefix
    bars = zip(pieces[first::2], pieces[first + 1 :: 2], strict=False)
    return Voice(name, start, tuple(Bar(music, line) for music, line in bars))


def _stripped(voices: list[Voice]) -> list[Voice]:
    """Without the bars at both ends in which no voice has a note. The outermost bar lines stay."""
    plain = [[_DECORATION.sub("", bar.music) for bar in voice.bars] for voice in voices]
    firsts = (index for bars in plain for index, bar in enumerate(bars) if _SOUND.search(bar))
    first = min(firsts, default=None)
    lasts = (index for bars in plain for index, bar in enumerate(bars) if _PITCH.search(_INLINE_FIELD.sub("", bar)))
    last = max(lasts, default=-1)
    if first is None or first > last:
        raise IrregularError("there is no note")
    kept = []
    for voice in voices:
        bars = voice.bars[first : last + 1]
        if bars:
            bars = (*bars[:-1], replace(bars[-1], line=voice.bars[-1].line))
        kept.append(replace(voice, bars=bars))
    return kept


def _written(voice: Voice) -> str:
    return voice.start + "".join(bar.music + bar.line for bar in voice.bars)
