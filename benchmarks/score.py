"""Music as text: a compact notation, parts with panning and reverb, and humanised MIDI files.

Times and lengths are in beats (quarter notes unless a piece says otherwise), pitches are MIDI numbers (c4 = 60).
Needs mido 1.3 (MIT), which is not a dependency of the project.
"""

import itertools
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mido  # pyright: ignore[reportMissingImports]

TICKS_PER_BEAT = 480
DRUM_CHANNEL = 9
TAIL_SECONDS = 3.0  # lets the last notes and the reverb die away
SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
ACCIDENTALS = {"#": 1, "b": -1, "": 0}
DRUM_KEYS = {  # General MIDI percussion
    "kick": 36,
    "stick": 37,
    "snare": 38,
    "clap": 39,
    "hat": 42,
    "open_hat": 46,
    "crash": 49,
    "ride": 51,
    "shaker": 82,
    "high_bongo": 60,
    "low_bongo": 61,
    "slap_conga": 62,
    "low_conga": 64,
}
STEP_VELOCITY = {"X": 118, "x": 92, "o": 56}


@dataclass(frozen=True)
class Note:
    start: float  # beats
    length: float  # beats
    pitch: int  # MIDI number
    velocity: int = 80


@dataclass(frozen=True)
class Part:
    """One player: a General MIDI program (counted from 0) or, with `drums`, a drum kit."""

    program: int
    notes: Sequence[Note]
    volume: int = 100  # 0 to 127
    pan: int = 64  # 0 left, 127 right
    reverb: int = 50  # 0 dry, 127 wet
    drums: bool = False
    loose_ms: float = 8.0  # standard deviation of the onsets


@dataclass(frozen=True)
class Clip:
    """A piece with everything that is written into its file and into the licence list."""

    file_name: str
    title: str
    artist: str
    year: int
    genre: str
    bpm: float
    seconds: float  # longest duration; the last seconds fade out
    parts: Sequence[Part]
    origin: str  # why it may be shipped
    fade_seconds: float = 2.5


def pitch(name: str) -> int:
    """MIDI number of a name like `c4`, `f#3`, `bb5`.

    Raises:
        ValueError: `name` is no pitch.
    """
    match = re.fullmatch(r"([a-g])([#b]?)(-?\d)", name)
    if match is None:
        raise ValueError(f"no pitch: {name!r}")
    letter, accidental, octave = match.groups()
    return 12 * (int(octave) + 1) + SEMITONES[letter] + ACCIDENTALS[accidental]


def line(text: str, velocity: int = 80, at: float = 0.0, legato: float = 0.97) -> list[Note]:
    """Read a melody: `c4/1 e4 g4+c5/.5 - d4!/2 |`.

    `/` sets the length in beats, which holds until it is set again; `+` joins pitches to a chord, `-` is a rest, `!`
    an accent; bar lines mean nothing.
    """
    notes: list[Note] = []
    length = 1.0
    for token in text.replace("|", " ").split():
        body, _, given = token.partition("/")
        length = float(given) if given else length
        loudness = velocity + 18 * body.endswith("!")
        if body != "-":
            names = body.rstrip("!").split("+")
            notes += [Note(at, length * legato, pitch(name), loudness) for name in names]
        at += length
    return notes


def broken(chords: str, order: Sequence[int], step: float, velocity: int = 75, ring: float = 1.0) -> list[Note]:
    """Break every chord of `chords` (`c4+e4+g4 ...`) into single notes, `order` counting from its lowest.

    Args:
        step: beats from note to note.
        ring: how many steps a note sounds.
    """
    voices = [[pitch(name) for name in chord.split("+")] for chord in chords.replace("|", " ").split()]
    picked = [chord[index] for chord in voices for index in order]
    return [Note(i * step, ring * step, key, velocity) for i, key in enumerate(picked)]


def grid(bars: int, steps_per_beat: int = 4, **patterns: str) -> list[Note]:
    """Drums as step patterns of one bar: `X` accent, `x` stroke, `o` ghost, `.` rest; blanks are for the eye."""
    notes: list[Note] = []
    for drum, pattern in patterns.items():
        steps = pattern.replace(" ", "")
        for i, mark in enumerate(steps * bars):
            if mark in STEP_VELOCITY:
                notes.append(Note(i / steps_per_beat, 1 / steps_per_beat, DRUM_KEYS[drum], STEP_VELOCITY[mark]))
    return notes


def shift(notes: Iterable[Note], beats: float = 0.0, semitones: int = 0) -> list[Note]:
    """Move notes in time and pitch."""
    return [replace(note, start=note.start + beats, pitch=note.pitch + semitones) for note in notes]


def repeat(notes: Sequence[Note], times: int, period: float) -> list[Note]:
    """Play `notes` `times` times, every `period` beats."""
    return [note for i in range(times) for note in shift(notes, i * period)]


def swing(notes: Iterable[Note]) -> list[Note]:
    """Delay the second of two even eighths to the last third of the beat."""
    return [replace(note, start=note.start + (1 / 6 if note.start % 1 == 0.5 else 0)) for note in notes]


def write_midi(clip: Clip, path: Path) -> None:
    """Write a clip as MIDI with slightly uneven times and velocities, the same in every run."""
    chance = random.Random(clip.title)
    midi = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT)
    midi.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(clip.bpm))]))
    channels = itertools.chain(range(DRUM_CHANNEL), range(DRUM_CHANNEL + 1, 16))
    for part in clip.parts:
        midi.tracks.append(_track(part, DRUM_CHANNEL if part.drums else next(channels), clip.bpm, chance))
    midi.save(path)


def _track(part: Part, channel: int, bpm: float, chance: random.Random) -> mido.MidiTrack:
    ticks_per_second = TICKS_PER_BEAT * bpm / 60
    events: list[tuple[int, int, mido.Message]] = []
    for note in part.notes:
        late = chance.gauss(0, part.loose_ms / 1000) * ticks_per_second
        start = max(0, round(note.start * TICKS_PER_BEAT + late))
        end = max(start + 1, round((note.start + note.length) * TICKS_PER_BEAT + late))
        velocity = min(127, max(1, round(note.velocity + chance.gauss(0, 4))))
        events.append((start, 1, mido.Message("note_on", channel=channel, note=note.pitch, velocity=velocity)))
        events.append((end, 0, mido.Message("note_off", channel=channel, note=note.pitch)))
    track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=part.program)])
    for control, value in ((7, part.volume), (10, part.pan), (91, part.reverb)):
        track.append(mido.Message("control_change", channel=channel, control=control, value=value))
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):  # note-offs before note-ons of the same tick
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=round(TAIL_SECONDS * ticks_per_second)))
    return track
