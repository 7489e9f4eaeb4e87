"""Pieces made by chance, for training the learnt concepts: what plays, and in which metre, is known exactly.

A piece is a chord progression in a key with a melody, a second voice, chords, a bass and drums over it, in the manner
of a style: chorale, waltz, march, jig, swing, rock … Nothing here is taken from anybody's music.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from score import Note, grid, swing

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
PROGRESSIONS = (  # degrees of the scale, one chord a bar
    (0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (0, 5, 1, 4), (5, 3, 0, 4), (0, 3, 0, 4), (0, 6, 5, 4), (1, 4, 0, 5),
    (0, 0, 3, 4), (0, 2, 3, 4), (0, 0, 0, 0), (0, 6, 3, 0),
)  # fmt: skip
RHYTHMS = {  # beats per bar -> calm, moving and busy bars, as lengths in beats
    4: (
        ((4,), (2, 2), (3, 1), (2, 1, 1)),
        ((1, 1, 1, 1), (1.5, 0.5, 1, 1), (1, 0.5, 0.5, 2), (0.5, 0.5, 1, 0.5, 0.5, 1), (1.5, 0.5, 1.5, 0.5)),
        ((0.5,) * 8, (0.25,) * 8 + (0.5,) * 4, (0.5, 0.25, 0.25) * 4, (0.25,) * 16, (0.75, 0.25) * 4),
    ),
    3: (
        ((3,), (2, 1), (1.5, 1.5)),
        ((1, 1, 1), (2, 0.5, 0.5), (1, 0.5, 0.5, 1), (1.5, 0.5, 1)),
        ((0.5,) * 6, (0.5, 0.25, 0.25) * 3, (0.25,) * 12, (1, 0.5, 0.5, 0.5, 0.5)),
    ),
}
DRUMS = {
    4: (
        {"kick": "x...x...x...x...", "hat": "..x...x...x...x.", "clap": "....x.......x..."},
        {"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
        {"kick": "X..x..x...x..x..", "snare": "....X..o.o..X...", "hat": "xxxxxxxxxxxxxxxx"},
        {"ride": "x..xx..xx..xx..x", "kick": "o.......o.......", "hat": "....x.......x..."},
        {"kick": "x.......x.......", "snare": "..x.x.xx..x.x.xx"},
        {"shaker": "xoxoxoxoxoxoxoxo", "low_conga": "x..x....x..x....", "slap_conga": "..x...x...x...x."},
        {"kick": "XxXxXxXxXxXxXxXx", "snare": "....X.......X...", "crash": "X..............."},
        {"kick": "X...X.X.X...X.X.", "snare": "X.xxX.xxX.xxX.xx"},
    ),
    3: (
        {"kick": "X...........", "snare": "....x...x...", "hat": "x.x.x.x.x.x."},
        {"kick": "x...........", "ride": "x...x...x..."},
        {"stick": "x.....x.....", "low_conga": "x.o.x.o.x.o."},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a piece goes. Bars of 3 are waltzes and the like; a jig has two of them a second."""

    beats: int  # per bar
    bpm: tuple[int, int]
    busy: tuple[int, int]  # least and most of RHYTHMS' three kinds
    comping: tuple[str, ...]
    bass: tuple[str, ...]
    drums: tuple[int, ...]  # of DRUMS
    swung: bool = False


STYLES = {
    "chorale": Style(4, (56, 100), (0, 1), ("hold",), ("root",), ()),
    "hymn": Style(3, (70, 110), (0, 1), ("hold",), ("root",), ()),
    "ballad": Style(4, (56, 84), (0, 1), ("hold", "arpeggio"), ("root", "fifth"), (1,)),
    "waltz": Style(3, (90, 190), (0, 2), ("waltz",), ("root",), (0, 1)),
    "jig": Style(3, (220, 330), (1, 2), ("waltz", "hold"), ("root",), (0, 2)),
    "reel": Style(4, (150, 220), (2, 2), ("offbeat", "pulse"), ("fifth",), (4,)),
    "march": Style(4, (96, 130), (1, 1), ("offbeat",), ("fifth",), (4, 7)),
    "swing": Style(4, (110, 200), (1, 2), ("stabs",), ("walk",), (3,), swung=True),
    "rock": Style(4, (96, 160), (1, 2), ("pulse", "hold"), ("pulse",), (1,)),
    "funk": Style(4, (90, 120), (1, 2), ("stabs",), ("octaves", "pulse"), (2,)),
    "latin": Style(4, (100, 150), (1, 2), ("stabs", "offbeat"), ("fifth",), (5,)),
    "dance": Style(4, (112, 140), (1, 2), ("offbeat", "stabs"), ("octaves",), (0,)),
    "battle": Style(4, (110, 170), (0, 2), ("pulse", "hold"), ("pulse", "octaves"), (6, 7)),
    "minuet": Style(3, (96, 140), (1, 2), ("arpeggio", "hold"), ("root", "walk"), ()),
    "toccata": Style(4, (80, 140), (2, 2), ("hold",), ("root",), ()),
    "drift": Style(4, (46, 70), (0, 0), ("hold", "arpeggio"), ("root",), ()),
    "etude": Style(4, (70, 130), (1, 2), ("arpeggio",), ("root", "walk"), ()),
}


@dataclass(frozen=True)
class Piece:
    style: str
    beats: int  # per bar
    bpm: float
    melody: Sequence[Note]
    second: Sequence[Note]
    chords: Sequence[Note]
    bass: Sequence[Note]
    drums: Sequence[Note]


def compose(chance: random.Random, style_name: str, seconds: float) -> Piece:
    """A piece of at least `seconds`, with all its parts; times in beats."""
    style = STYLES[style_name]
    bpm = chance.uniform(*style.bpm)
    bars = int(seconds * bpm / 60 / style.beats) + 1
    scale = SCALES[chance.choice(list(SCALES))]
    key = chance.randrange(12)
    progression = chance.choice(PROGRESSIONS)
    degrees = [progression[bar % len(progression)] for bar in range(bars)]
    busy = chance.randint(*style.busy)
    legato = chance.choice((0.5, 0.8, 0.95, 1.02))
    melody = _melody(chance, degrees, scale, key + 60, style.beats, busy, legato)
    second = _melody(chance, degrees, scale, key + 55, style.beats, max(0, busy - 1), legato)
    chords = _chords(chance, degrees, scale, key + 48, style.beats, chance.choice(style.comping))
    bass = _bass(chance, degrees, scale, key + 36, style.beats, chance.choice(style.bass))
    drums = []
    if style.drums:
        drums = grid(bars, **DRUMS[style.beats][chance.choice(style.drums)])
    parts = (melody, second, chords, bass, drums)
    if style.swung:
        parts = tuple(swing(part) for part in parts)
    return Piece(style_name, style.beats, bpm, *parts)


def four_voices(piece: Piece) -> list[Sequence[Note]]:
    """Melody, second voice, a middle voice of the chords, and bass."""
    middle = [note for number, note in enumerate(piece.chords) if number % 3 == 1]
    return [piece.melody, piece.second, middle, piece.bass]


def _pitch(scale: Sequence[int], base: int, degree: int) -> int:
    return base + 12 * (degree // 7) + scale[degree % 7]


def _melody(
    chance: random.Random, degrees: Sequence[int], scale: Sequence[int], base: int, beats: int, busy: int, legato: float
) -> list[Note]:
    motif = [chance.choice(RHYTHMS[beats][busy]) for _ in range(2)]
    leap = chance.choice((1, 1, 2, 3))
    notes, place = [], chance.choice((0, 2, 4, 7))
    for bar, root in enumerate(degrees):
        now = bar * beats
        rhythm = motif[bar % 2] if chance.random() < 0.7 else chance.choice(RHYTHMS[beats][busy])
        for number, length in enumerate(rhythm):
            if number == 0:  # a chord tone near the last one
                tones = [root + 7 * octave + step for octave in (-1, 0, 1) for step in (0, 2, 4)]
                place = min(tones, key=lambda tone: abs(tone - place) + chance.random())
            else:
                place += chance.randint(-leap, leap)
            place = min(11, max(-4, place))
            if chance.random() > 0.06:
                notes.append(Note(now, length * legato, _pitch(scale, base, place), chance.randint(74, 108)))
            now += length
    return notes


def _chords(
    chance: random.Random, degrees: Sequence[int], scale: Sequence[int], base: int, beats: int, kind: str
) -> list[Note]:
    notes = []
    spread = chance.choice(((0, 2, 4), (0, 4, 9), (2, 4, 7), (0, 2, 4, 6), (0, 2, 4, 7)))
    step = chance.choice((0.5, 0.5, 0.25, 1))
    order = list(range(len(spread)))
    chance.shuffle(order)
    onsets = {
        "hold": [(0, beats)],
        "pulse": [(beat / 2, 0.45) for beat in range(2 * beats)],
        "offbeat": [(beat + 0.5, 0.4) for beat in range(beats)],
        "stabs": [(0.5, 0.3), (1.5, 0.4)] if beats == 3 else [(0.5, 0.3), (1.5, 0.5), (2.75, 0.3)],
        "waltz": [(1, 0.6), (2, 0.6)],
    }
    for bar, root in enumerate(degrees):
        pitches = [_pitch(scale, base, root + tone) for tone in spread]
        if kind == "arpeggio":
            count = round(beats / step)
            notes += [
                Note(bar * beats + i * step, step * 1.5, pitches[order[i % len(order)]], chance.randint(60, 90))
                for i in range(count)
            ]
        else:
            notes += [
                Note(bar * beats + at, length, pitch, chance.randint(62, 88))
                for at, length in onsets[kind]
                for pitch in pitches
            ]
    return notes


def _bass(
    chance: random.Random, degrees: Sequence[int], scale: Sequence[int], base: int, beats: int, kind: str
) -> list[Note]:
    notes = []
    for bar, root in enumerate(degrees):
        now = bar * beats
        low = _pitch(scale, base, root)
        fifth = _pitch(scale, base, root + 4)
        if kind == "root":
            notes.append(Note(now, beats * 0.95, low, 90))
        elif kind == "fifth":
            notes += [Note(now, 0.8, low, 96), Note(now + beats // 2, 0.8, fifth, 88)]
        elif kind == "pulse":
            notes += [Note(now + i / 2, 0.45, low, 92) for i in range(2 * beats)]
        elif kind == "octaves":
            notes += [Note(now + i / 2, 0.4, low + 12 * (i % 2), 94) for i in range(2 * beats)]
        else:  # walk
            notes += [
                Note(now + i, 0.9, _pitch(scale, base, root + chance.choice((0, 2, 4, 5))), 92) for i in range(beats)
            ]
    return notes
