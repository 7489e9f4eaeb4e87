"""MIDI files -> their messages as lines of text, as in the training of the symbolic tower.

Strict reading is mido's. Where that fails, the file is read message by message, as far as it makes sense.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

import mido
from mido.messages.specs import SPEC_BY_STATUS
from mido.midifiles.meta import KeySignatureError, build_meta_message
from mido.midifiles.midifiles import read_variable_int

from models.clamp3.scores.score import MEGABYTE, Reading
from polymuse.errors import BadScoreError
from polymuse.text import clean

MAX_BYTES = MEGABYTE  # up to half a million messages; mido takes up to 50 us and 600 bytes for each
HEADER, TRACK = b"MThd", b"MTrk"
SEARCHED = 4096  # bytes in which the header is looked for: .rmi wraps MIDI in RIFF, old Macs in MacBinary
LONG_RUN = re.compile(rb"[\x80-\xff]{10000}")  # mido would read it as one number, in quadratic time
LEFT_OUT = frozenset(  # texts; their delta times go with them, as in the reference
    ("text", "copyright", "track_name", "instrument_name", "lyrics", "marker", "cue_marker", "device_name")
)
KARAOKE_TITLE = "@T"  # in front of a text message of .kar files
NO_TITLE = re.compile(  # what programs call a first track, and bytes that are no text
    r"((master|tempo|conductor|control|midi) ?)*(track|inst|instrument|conductor|untitled)?[ #.-]*\d*|.*[\x00-\x1f].*",
    re.IGNORECASE | re.DOTALL,
)
DAMAGE = (  # what mido raises
    *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error),
    KeySignatureError,
)
CUT = "the file ends within a track, which was read up to there"
ADVICE = "Open it in a program for MIDI and save it again."

Track = list[Any]  # of mido's messages, whose attributes depend on their type


def read_midi(content: bytes) -> Reading:
    """The messages of a MIDI file of type 0 or 1, merged by time; of type 2, those of its tracks one after the other.

    Raises BadScoreError for another file.
    """
    start = content.find(HEADER, 0, SEARCHED)
    if start < 0:
        raise BadScoreError("this is not a MIDI file", ADVICE)
    if LONG_RUN.search(content):
        raise BadScoreError("the MIDI file is damaged", ADVICE)
    remarks: list[str] = []
    if start and not content.startswith(b"RIFF"):
        remarks.append("what stands before the start of the MIDI file was skipped")
    try:
        return _strict(content[start:], remarks)
    except DAMAGE:
        try:
            return _lenient(content[start:], remarks)
        except DAMAGE as error:
            raise BadScoreError("the MIDI file is damaged", ADVICE) from error


def _strict(content: bytes, remarks: list[str]) -> Reading:
    file = mido.MidiFile(file=BytesIO(content))
    return _reading(file.merged_track, file.ticks_per_beat, _title(file.tracks), remarks)


def _lenient(content: bytes, remarks: list[str]) -> Reading:
    """As `_strict`, without what is damaged. Adds to `remarks` what it did."""
    kind, _, ticks_per_beat = struct.unpack_from(">hhh", content, 8)
    tracks = [_track(body, remarks) for body in _bodies(content, remarks)]
    title = _title(tracks)
    if kind == 2:
        remarks.append("the tracks of this MIDI file of type 2 were read one after the other")
        tracks = [[message for track in tracks for message in track]]
    return _reading(mido.merge_tracks(tracks, skip_checks=True), ticks_per_beat, title, remarks)


def _reading(messages: Track, ticks_per_beat: int, title: str, remarks: list[str]) -> Reading:
    """A line for the resolution, then one for every message: its type and values, meta messages with the time last."""
    kept = (message.dict() for message in messages if message.type not in LEFT_OUT)
    lines = [f"ticks_per_beat {ticks_per_beat}", *(" ".join(map(str, each.values())) for each in kept)]
    has_notes = any(message.type == "note_on" and message.velocity for message in messages)
    return Reading("\n".join(lines), "midi", title, has_notes=has_notes, remarks=tuple(dict.fromkeys(remarks)))


def _bodies(content: bytes, remarks: list[str]) -> Iterator[bytes]:
    """The messages of every track, as bytes; the last track may be cut off."""
    position = content.find(TRACK)
    while position >= 0:
        start = position + 8
        size = int.from_bytes(content[position + 4 : start], "big")
        if len(content) < start + size:
            remarks.append(CUT)
        yield content[start : start + size]
        position = content.find(TRACK, min(start + size, len(content)))


def _track(body: bytes, remarks: list[str]) -> Track:
    """The messages of a track up to where it is damaged beyond reading."""
    file, end = BytesIO(body), len(body)
    track: Track = []
    status, skipped = 0, 0  # running status, and delta time of messages that were left out
    while file.tell() < end:
        try:
            delta = skipped + read_variable_int(file)
            (first,) = file.read(1)
            if first == 0xFF:
                message = _meta_message(file, delta)
            elif first in (0xF0, 0xF7):
                status = first
                data = _exactly(file, read_variable_int(file)).removeprefix(b"\xf0").removesuffix(b"\xf7")
                message = mido.Message("sysex", data=_clipped(data, remarks), time=delta)
            else:
                status, known = (first, b"") if first > 0x7F else (status, bytes([first]))
                length = SPEC_BY_STATUS[status]["length"] - 1 - len(known)
                data = _clipped(known + _exactly(file, length), remarks)
                message = mido.Message.from_bytes([status, *data], time=delta)
        except DAMAGE:
            if CUT not in remarks or file.tell() < end:  # only the last track can be cut off
                remarks.append("a track is damaged, and was read up to there")
            break
        if message is None:
            remarks.append("a key signature that does not exist, or another damaged entry, was left out")
            skipped = delta
        else:
            track.append(message)
            skipped = 0
    return track


def _meta_message(file: BytesIO, delta: int) -> mido.MetaMessage | None:
    """The next message, or None if what it says makes no sense."""
    (kind,) = file.read(1)
    data = _exactly(file, read_variable_int(file))
    try:
        return build_meta_message(kind, list(data), delta)
    except DAMAGE:
        return None


def _exactly(file: BytesIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _clipped(data: bytes, remarks: list[str]) -> list[int]:
    if data.isascii():
        return list(data)
    remarks.append("values above 127 were taken as 127")
    return [min(value, 127) for value in data]


def _title(tracks: Sequence[Track]) -> str:
    """The title of a karaoke file, or the name of a first track that is no instrument's; "" if there is none."""
    texts = (message.text for track in tracks for message in track if message.type == "text")
    names = (message.name for track in tracks[:1] for message in track if message.type == "track_name")
    title = next((text[len(KARAOKE_TITLE) :] for text in texts if text.startswith(KARAOKE_TITLE)), "")
    if not title and (len(tracks) == 1 or not any(message.type == "note_on" for message in (tracks or [[]])[0])):
        title = next((name for name in names if not NO_TITLE.fullmatch(name.strip(" \t\r\n\0"))), "")
    with suppress(UnicodeError):  # mido takes every text for Latin-1
        title = title.encode("latin-1").decode("utf-8")
    return clean(title)
