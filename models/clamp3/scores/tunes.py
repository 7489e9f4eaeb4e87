"""ABC as people write it -> standard ABC, one voice after the other with plain bar lines.

In the wild ABC files hold many tunes, tunes have no voices or ones that alternate line by line, and bar lines come in
many forms. The standard: https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from models.clamp3.scores.interleaving import BAR_LINES, VOICE_1, without_bar_lines

_TUNE = re.compile(r"^X:", re.MULTILINE)
_COMMENT = re.compile(r"(?<!\\)%.*")
_FIELD = re.compile(r"[A-Za-z+]:(?![|:\]])")  # not the end of a repeat behind a note
_INLINE_VOICE = re.compile(r"\[V:\s*+([^\[\]\s]++)[^\[\]]*+\]")  # possessive: linear for any text
_INLINE_TEXT = re.compile(r"\[[INRr]:[^\[\]]*\]")
_BAR_LINE = re.compile(r"(?:\.?:*\[?\|[\]|:]*|::+)(?:\s*(?:\.?:*\[?\|[\]|:]*|::+))*")
_ENDING = re.compile(r"(\|\]|[|:])\s*\[(?=[\d\"])")  # [1 is short for |1
_KEY = re.compile(r"^K:", re.MULTILINE)
_LONG_REST = re.compile(r"(?:^|(?<=[|:\]]))\s*Z(\d+)\s*(?=[|:\[])")
_CLEF = re.compile(r"\bclef=")
_NAME = re.compile(r"\b(?:sub|s)name=")
_FILE_HEADER = "LMQ"  # fields before the first tune that hold for all
_MUSICAL = "KLMQ"  # the fields that say how to play; the tower was trained without most others
MAX_REST = 200  # bars of a rest over several bars
MAX_EXPANDED = 100_000  # characters of music in which such rests are written out


@dataclass(slots=True)
class _Tune:
    header: list[str] = field(default_factory=list)
    voices: dict[str, list[str]] = field(default_factory=dict)  # id -> its lines of music
    properties: dict[str, str] = field(default_factory=dict)  # id -> what its V: line says
    score: list[str] = field(default_factory=list)  # %%score: which voices share a staff

    def add(self, voice: str, music: str) -> None:
        self.voices.setdefault(voice, []).append(music)


def tunes(text: str) -> Iterator[str]:
    """The tunes of a file, each from its X: to the next; the whole text if there is no X:."""
    starts = [found.start() for found in _TUNE.finditer(text)]
    if not starts:
        yield text
        return
    head = [line for line in text[: starts[0]].splitlines() if line[:1] in _FILE_HEADER and line[1:2] == ":"]
    shared = "".join(f"{line}\n" for line in head)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield shared + text[start:end]


def standard(tune: str) -> str:
    """The tune in standard ABC: voices numbered from 1, each in one piece, bar lines and endings in plain forms."""
    parsed = _parsed(tune)
    musical = {name: " ".join(lines) for name, lines in parsed.voices.items() if "".join(lines).strip()}
    numbers = {name: str(number) for number, name in enumerate(musical, 1)}
    lines = [_renamed(line, numbers) for line in parsed.score] if len(musical) > 1 else []
    lines += [*_unit(parsed.header), *parsed.header]
    lines += [f"V:{number} {_as_converted(parsed.properties.get(name, ''))}" for name, number in numbers.items()]
    for name, music in musical.items():  # with a space in front, as `C:|` is no field
        lines += [f"V:{numbers[name]}", f" {_plain(music, several=len(musical) > 1)}"]
    return "".join(f"{line}\n" for line in lines if line)


def field_of(tune: str, name: str) -> str:
    """The first field with this name, T or C; "" if there is none."""
    found = re.search(rf"^{name}:[ \t]*(\S.*)", tune, re.MULTILINE)
    return found.group(1) if found else ""


def _parsed(text: str) -> _Tune:
    tune, voice = _Tune(), "1"
    in_header = _KEY.search(text) is not None  # what stands before the key is no music
    for raw in _without_blocks(text):
        if raw.startswith(("%%score", "%%staves")):
            tune.score.append(raw.rstrip())
        line = _COMMENT.sub("", raw).strip()
        if not line:
            continue
        if not _FIELD.match(line):
            if not in_header:
                voice = _add_music(tune, voice, line)
        elif line.startswith("V:"):
            voice, _, properties = line[2:].strip().partition(" ")
            tune.voices.setdefault(voice, [])
            tune.properties.setdefault(voice, properties.strip())
        elif in_header:
            if line[0] in _MUSICAL:
                tune.header.append(_compact(line))
            in_header = line[0] != "K"
        elif line[0] in _MUSICAL:
            tune.add(voice, f"[{_compact(line)}]")
    return tune


def _without_blocks(text: str) -> Iterator[str]:
    """The lines, without those between %%begintext and %%endtext, or other such words."""
    inside = False
    for line in text.split("\n"):
        if line.startswith("%%begin"):
            inside = True
        if not inside:
            yield line
        if line.startswith("%%end"):
            inside = False


def _compact(line: str) -> str:
    """`M: 3/4` as `M:3/4`."""
    return f"{line[:2]}{line[2:].strip()}"


def _add_music(tune: _Tune, voice: str, line: str) -> str:
    """Adds a line of music, and returns the voice that it ends in."""
    line = without_bar_lines(line.removesuffix("\\").replace("$", ""))
    if line.count("!") % 2:  # once the sign of a line break
        line = line.rstrip().removesuffix("!")
    first, *others = _INLINE_VOICE.split(_INLINE_TEXT.sub("", line))
    if first.strip():
        tune.add(voice, first)
    for name, music in zip(others[::2], others[1::2], strict=True):
        voice = name
        tune.add(voice, music)
    return voice


def _plain(music: str, *, several: bool) -> str:
    """Music in which every bar ends in a bar line that the reference knows."""
    music = _ENDING.sub(r"\1", _BAR_LINE.sub(lambda found: _plain_bar_line(found.group()), music))
    if several and len(music) < MAX_EXPANDED:  # every voice has every bar
        music = _LONG_REST.sub(lambda found: "|".join(["Z"] * min(int(found.group(1)[:4]), MAX_REST)), music)
    return music if music.rstrip().endswith(("|", "|]", ":|", "::")) else f"{music} |"


def _plain_bar_line(run: str) -> str:
    """The bar line that says what a run of bar lines, with nothing between them, says."""
    compact = "".join(run.split()).lstrip(".")
    if compact.startswith(":") or compact.endswith(":"):
        both = compact.startswith(":") and compact.endswith(":")
        return "::" if both else ":|" if compact.startswith(":") else "|:"
    if "]" in compact:
        return "|]"
    return "||" if "||" in run or "[|" in run else "|"


def _unit(header: list[str]) -> list[str]:
    """The unit length where the header says none and it is not the usual one: 1/16 in metres below 3/4."""
    metre = next((line[2:].strip() for line in header if line[0] == "M"), "")
    found = re.match(r"(\d{1,3})/(\d{1,3})(?!\d)", metre)
    short = found is not None and int(found.group(1)) < 0.75 * int(found.group(2))
    return ["L:1/16"] if short and not any(line[0] == "L" for line in header) else []


def is_regular(tune: str) -> bool:
    """Whether the reference reads the tune as it is meant.

    Every voice has one part, after its own line V:, which holds nothing but music and words; and bar lines are those
    that the reference knows, one at a time.
    """
    lines = [line.rstrip() for line in tune.split("\n")]
    body = lines[lines.index(VOICE_1) :] if VOICE_1 in lines else []
    names = [line for line in lines if line.startswith("V:") and " " not in line]
    return (
        bool(body)
        and len(set(names)) == len(names)
        and "[V:" not in tune
        and not any(line.endswith("\\") or line.startswith("%%begin") for line in lines)
        and not any(_FIELD.match(line) and line[0] not in "VWw" for line in body)
        and all(found.group() in BAR_LINES for found in _BAR_LINE.finditer(tune))
    )


def _as_converted(properties: str) -> str:
    """The properties of a voice in the words of the converter of MusicXML, which the tower was trained on."""
    properties = _NAME.sub("snm=", _CLEF.sub("", properties))
    return re.sub(r"\bname=", "nm=", properties) or "treble"


def _renamed(line: str, numbers: dict[str, str]) -> str:
    """A %%score line with the numbers of the voices; "" if it names others."""
    command, _, groups = line.partition(" ")
    names = re.findall(r"[^\s()\[\]{}|*]+", groups)
    if not names or any(name not in numbers for name in names):
        return ""
    return f"{command} " + re.sub(r"[^\s()\[\]{}|*]+", lambda found: numbers[found.group()], groups)
