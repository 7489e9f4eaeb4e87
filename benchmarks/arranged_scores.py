"""Chorales and fiddle tunes of music21's corpus as MIDI, transposed, at a tempo of ours, some with drums."""

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import mido
from music21 import chord, converter, corpus, meter, note, stream  # pyright: ignore[reportMissingImports]

TICKS = 480  # a quarter
DRUMS = 9  # the channel
KICK, SNARE, HAT, OPEN_HAT, RIDE, TOM, CLAP = 36, 38, 42, 46, 51, 45, 39
SECONDS = 70
USUAL, SPREAD = 112.0, 0.32  # BPM and octaves of the tempos that are drawn
SLOWEST, FASTEST = 60.0, 185.0
CHORALE_PROGRAMS = (0, 4, 6, 16, 19, 21, 24, 48, 50, 52, 61, 73, 81, 89)
MELODY_PROGRAMS = (0, 22, 24, 40, 56, 65, 72, 73, 80, 105)
CHORD_PROGRAMS = (0, 4, 16, 24, 25, 27, 29, 46, 48, 81, 89)
BASS_PROGRAMS = (32, 33, 34, 38, 39)
TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SCALES = {False: (0, 2, 4, 5, 7, 9, 11), True: (0, 2, 3, 5, 7, 8, 10)}
CHORDS = {  # semitones of root, third and fifth above the tonic; by whether the key is minor
    False: ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16), (2, 5, 9)),
    True: ((0, 3, 7), (5, 8, 12), (7, 11, 14), (8, 12, 15), (10, 14, 17)),
}


@dataclass(frozen=True, slots=True)
class Note:
    start: float  # quarters
    length: float
    pitch: int
    velocity: int = 80


@dataclass(frozen=True, slots=True)
class Arranged:
    midi: mido.MidiFile
    bpm: float | None  # of what is felt as the beat: a quarter, or a dotted one; None: there is no pulse
    key: int | None  # 0 to 11 major from C, 12 to 23 minor
    drums: bool


def arranged_scores(count: int) -> Iterator[Arranged]:
    """Chorales of Bach whose last bass note is the tonic of their key signature."""
    chance = random.Random("scores")
    paths = [path for path in corpus.getComposer("bach") if path.suffix == ".mxl"]
    chance.shuffle(paths)
    made = 0
    for path in paths:
        if made == count:
            return
        score = cast("stream.Score", converter.parse(path))
        key = _key_of(score)
        if key is None:
            continue
        made += 1
        shift, quarters, pickup = chance.randint(-5, 6), *_metre(score)
        parts = [_notes(part, shift) for part in score.parts]
        one = chance.random() < 0.5
        program = chance.choice(CHORALE_PROGRAMS)
        voices = [(program if one else chance.choice(CHORALE_PROGRAMS), part) for part in parts]
        drums = quarters in (3, 4) and chance.random() < 0.5
        bpm = _tempo(chance)
        beats = _drums(chance, quarters, 1.0, pickup, bpm) if drums else []
        yield Arranged(_midi(bpm, voices, beats, chance), bpm, (key + shift) % 12 + 12 * (key >= 12), drums)


def arranged_tunes(count: int) -> Iterator[Arranged]:
    """Fiddle tunes by the key in their file, as many minor as major ones, with chords and a bass."""
    chance = random.Random("tunes")
    paths = [*corpus.getComposer("ryansMammoth")]
    chance.shuffle(paths)
    wanted = {False: count - count // 2, True: count // 2}
    for path in paths:
        named = re.search(r"^K:\s*([A-G])([#b]?)(maj|m|min)?\s*$", Path(path).read_text("utf-8", "replace"), re.M)
        if not any(wanted.values()):
            return
        if not named:
            continue
        tonic = (TONICS[named[1]] + {"#": 1, "b": -1, "": 0}[named[2]]) % 12
        minor = named[3] in ("m", "min")
        if not wanted[minor]:
            continue
        tune = cast("stream.Score", converter.parse(path))
        quarters, pickup = _metre(tune)
        melody = _notes(tune.parts[0] if hasattr(tune, "parts") and tune.parts else tune, 0)
        if len(melody) < 40 or quarters not in (2, 3, 4):
            continue
        wanted[minor] -= 1
        yield _arranged_tune(chance, melody, tonic, minor, quarters, pickup, _beat_of(tune))


def arranged_freely(count: int) -> Iterator[Arranged]:
    """Chords and notes of the minor and major scales that begin whenever chance will have it: no pulse."""
    chance = random.Random("freely")
    for n in range(count):
        tonic, minor, voices = chance.randrange(12), n % 2 == 1, []
        for _ in range(chance.randint(2, 4)):
            rate, at, notes = chance.uniform(0.3, 2.5), 0.0, []
            while at < SECONDS:
                at += chance.expovariate(rate)
                octave, degree = chance.randint(3, 5), chance.choice(SCALES[minor])
                notes.append(Note(at, chance.uniform(0.5, 6), 12 * octave + tonic + degree, chance.randint(40, 100)))
            voices.append((chance.choice(CHORALE_PROGRAMS + MELODY_PROGRAMS), notes))
        yield Arranged(_midi(60, voices, [], chance), None, None, False)


def _arranged_tune(
    chance: random.Random,
    melody: Sequence[Note],
    tonic: int,
    minor: bool,
    quarters: float,
    pickup: float,
    beat: float,
) -> Arranged:
    shift = chance.randint(-5, 6)
    bpm, drums = _tempo(chance), chance.random() < 0.5
    end = max(each.start + each.length for each in melody)
    chords, bass, bar = [], [], pickup
    while bar < end:
        inside = [each for each in melody if bar <= each.start < bar + quarters]
        root = _fitting(inside, tonic, minor)
        for step in range(round(quarters / beat)):
            bass.append(Note(bar + step * beat, beat * 0.9, 36 + (tonic + root[0] + 7 * (step % 2)) % 12, 85))
            chords += [Note(bar + step * beat, beat * 0.8, 48 + (tonic + tone) % 12, 60) for tone in root]
        bar += quarters
    voices = [
        (chance.choice(MELODY_PROGRAMS), [*melody]),
        (chance.choice(CHORD_PROGRAMS), chords),
        (chance.choice(BASS_PROGRAMS), bass),
    ]
    moved = [(p, [Note(n.start, n.length, n.pitch + shift, n.velocity) for n in notes]) for p, notes in voices]
    beats = _drums(chance, quarters, beat, pickup, bpm * beat) if drums else []
    return Arranged(_midi(bpm * beat, moved, beats, chance), bpm, (tonic + shift) % 12 + 12 * minor, drums)


def _fitting(notes: Sequence[Note], tonic: int, minor: bool) -> tuple[int, int, int]:
    """The chord that most of the melody belongs to."""
    lengths = [0.0] * 12
    for each in notes:
        lengths[(each.pitch - tonic) % 12] += each.length
    return max(CHORDS[minor], key=lambda tones: sum(lengths[tone % 12] for tone in tones))


def _tempo(chance: random.Random) -> float:
    drawn = USUAL * 2 ** chance.gauss(0, SPREAD)
    return round(min(max(drawn, SLOWEST), FASTEST), 1)


def _key_of(score: stream.Score) -> int | None:
    signatures = {each.sharps for each in score.recurse().getElementsByClass("KeySignature")}
    last = [*score.parts[-1].recurse().notes][-1:]
    if len(signatures) != 1 or not last or len(score.parts) != 4:  # others have instruments that transpose
        return None
    bass = min(last[0].pitches).pitchClass
    major = 7 * signatures.pop() % 12
    if bass == major:
        return major
    return 12 + bass if bass == (major + 9) % 12 else None


def _metre(score: stream.Stream) -> tuple[float, float]:
    """Quarters of a bar, and of the pickup."""
    signatures = [*score.recurse().getElementsByClass(meter.TimeSignature)]
    quarters = float(signatures[0].barDuration.quarterLength) if signatures else 4.0
    first = next(iter(score.recurse().getElementsByClass(stream.Measure)), None)
    length = float(first.duration.quarterLength) if first is not None else quarters
    return quarters, length % quarters


def _beat_of(score: stream.Stream) -> float:
    """Quarters of a beat: 1.5 in 6/8."""
    signature = next(iter(score.recurse().getElementsByClass(meter.TimeSignature)), None)
    compound = signature is not None and signature.denominator == 8 and signature.numerator % 3 == 0
    return 1.5 if compound else 1.0


def _notes(part: stream.Stream, shift: int) -> list[Note]:
    found = []
    for each in part.flatten().notes:
        for pitch in each.pitches:
            if isinstance(each, note.Note | chord.Chord) and each.duration.quarterLength:
                found.append(Note(float(each.offset), float(each.duration.quarterLength), pitch.midi + shift))
    return found


def _drums(chance: random.Random, quarters: float, beat: float, pickup: float, bpm: float) -> list[Note]:
    """A pattern from the first bar to the end; `bpm` of quarters."""
    style = chance.choice(("rock", "four on the floor", "halves", "brushes"))
    count = round(quarters / beat)
    found, bar, end = [], pickup, SECONDS / 60 * bpm
    while bar < end:
        for step in range(count):
            at = bar + step * beat
            strong = step % 2 == 0 if count != 3 else step == 0
            if style == "four on the floor" or strong:
                found.append(Note(at, 0.2, KICK, 105))
            if style != "four on the floor" and not strong:
                found.append(Note(at, 0.2, SNARE, 95 if style == "rock" else 70))
            if style == "four on the floor" and not strong:
                found.append(Note(at, 0.2, CLAP, 80))
            parts = {"rock": 2, "four on the floor": 2, "halves": 1, "brushes": 3}[style]
            for part in range(parts if beat == 1 else 3):
                divided = at + part * beat / (parts if beat == 1 else 3)
                if style != "four on the floor" or part == 1:
                    found.append(Note(divided, 0.1, RIDE if style == "brushes" else HAT, chance.randint(45, 75)))
        if chance.random() < 0.15:
            found += [Note(bar + (count - 1) * beat + n * beat / 4, 0.2, TOM + 2 * (3 - n), 90) for n in range(4)]
        bar += quarters
    return found


def _midi(bpm: float, voices: Sequence[tuple[int, Sequence[Note]]], drums: Sequence[Note], chance: random.Random):
    """`bpm` of quarters. Onsets scatter by some milliseconds, as players' do."""
    midi = mido.MidiFile(ticks_per_beat=TICKS)
    midi.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))]))
    channels = iter(channel for channel in range(16) if channel != DRUMS)
    for program, notes in voices[:15]:
        channel = next(channels)
        midi.tracks.append(_track(notes, channel, bpm, chance, [mido.Message("program_change", program=program)]))
    if drums:
        midi.tracks.append(_track(drums, DRUMS, bpm, chance, []))
    return midi


def _track(notes: Sequence[Note], channel: int, bpm: float, chance: random.Random, events: list) -> mido.MidiTrack:
    limit = SECONDS / 60 * bpm
    timed = [(0, event.copy(channel=channel)) for event in events]
    for each in notes:
        if each.start >= limit or not 0 <= each.pitch < 128:
            continue
        start = max(0, round(each.start * TICKS + chance.gauss(0, 0.006) * bpm / 60 * TICKS))
        stop = start + max(1, math.floor(min(each.length, limit) * TICKS) - 10)
        velocity = min(127, max(20, each.velocity + chance.randint(-8, 8)))
        timed.append((start, mido.Message("note_on", channel=channel, note=each.pitch, velocity=velocity)))
        timed.append((stop, mido.Message("note_off", channel=channel, note=each.pitch, velocity=0)))
    timed.sort(key=lambda each: (each[0], each[1].type == "note_on"))
    track, now = mido.MidiTrack(), 0
    for tick, message in timed:
        track.append(message.copy(time=tick - now))
        now = tick
    return track
