"""Clips to learn from: pieces made by chance on instruments drawn by chance, and what is known of them.

The orchestra is drawn first: a lead (mostly of a program that a concept is learnt for), alone, with one other or with
several.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from score import Note
from training_pieces import STYLES, Piece, compose, four_voices

CLIP_SECONDS = 6  # two patches of the networks

TARGETS = (
    (16, 17, 18), (19, 19, 20), (19,), (21, 23), (22,), (4, 5), (32, 32, 43), (33, 34, 35, 36), (11, 12, 13),
    (14, 9, 10, 8), (47,), (56, 59), (57,), (58,), (60,), (61,), (61, 62, 56, 57, 60), (64, 65, 66, 67), (65, 66),
    (71,), (68, 68, 69), (70,), (105,), (109,), (114,),
)  # fmt: skip
FAMILIES = (
    (56, 57, 58, 60, 61),
    (64, 65, 66, 67),
    (68, 70, 71, 73),
    (12, 13, 11, 14),
    (40, 41, 42, 43),
    (56, 57, 60, 58),
)
MONOPHONIC = {22, 40, 41, 42, 43, 47, 109, 110, 111, *range(56, 61), *range(64, 80)}
BASSES = {32, 33, 34, 35, 36, 37, 38, 39, 43, 58}
COMPANIONS = {
    "chords": (0, 0, 1, 4, 6, 16, 19, 21, 24, 25, 26, 27, 29, 30, 46, 48, 48, 50, 52, 61, 88, 89, 90, 11, 105, 45),
    "bass": (32, 32, 33, 33, 34, 35, 36, 38, 43, 58, 42, 70, 47),
    "second": (40, 41, 42, 48, 60, 71, 73, 65, 66, 68, 56, 57, 0, 12, 9, 24, 52, 80, 81, 21),
}
RANGES = {  # lowest and highest usual MIDI number; others 48 to 84
    **dict.fromkeys((9, 10, 14), (65, 98)), 8: (60, 96), 11: (53, 88), 12: (45, 90), 13: (65, 100), 108: (60, 84),
    **dict.fromkeys((16, 17, 18, 19, 20), (38, 86)), 22: (60, 90), **dict.fromkeys(range(32, 40), (28, 52)),
    40: (56, 96), 41: (48, 80), 42: (36, 70), 43: (28, 55), 47: (38, 57), 56: (54, 82), 59: (54, 80), 57: (40, 70),
    58: (28, 56), 60: (42, 74), 61: (44, 80), 64: (56, 84), 65: (50, 78), 66: (45, 73), 67: (38, 66), 68: (58, 88),
    69: (52, 78), 70: (34, 66), 71: (50, 86), 72: (74, 103), 73: (60, 94), 74: (65, 94), 78: (70, 98), 105: (48, 82),
    109: (58, 79), 110: (55, 90), 114: (52, 84),
}  # fmt: skip
STYLES_OF = {  # where some programs mostly play, besides anywhere
    **dict.fromkeys((19, 20), ("chorale", "hymn", "toccata", "minuet", "drift")),
    **dict.fromkeys((56, 57, 58, 60, 61), ("march", "battle", "chorale", "swing", "funk", "ballad")),
    **dict.fromkeys((105, 110), ("reel", "reel", "jig", "march")), 109: ("march", "jig", "reel", "hymn"),
    **dict.fromkeys((21, 23), ("waltz", "reel", "swing")),
    **dict.fromkeys((64, 65, 66, 67), ("swing", "ballad", "funk")),
}  # fmt: skip


@dataclass(frozen=True)
class Soundfont:
    name: str
    path: Path
    family: str  # fonts that share samples
    lacks: frozenset[int] = frozenset()  # programs


@dataclass(frozen=True)
class Voice:
    program: int
    role: str  # lead, melody, second, chords or bass
    volume: int  # 0 to 127
    notes: Sequence[Note]  # seconds


@dataclass(frozen=True)
class Clip:
    """What plays in a clip; drums apart."""

    font: str
    style: str
    beats: int  # per bar
    bpm: float
    mode: str  # solo, duo, ensemble, family or drums
    voices: tuple[Voice, ...]
    drums: tuple[Note, ...]
    kit: int

    def facts(self) -> dict:
        """What is known of it, for JSON: `parts` are [program, role, volume, notes, mean pitch]."""
        played = [note for voice in self.voices for note in voice.notes]
        return {
            "font": self.font,
            "style": self.style,
            "beats": self.beats,
            "bpm": round(self.bpm, 1),
            "mode": self.mode,
            "drums": bool(self.drums),
            "notes_per_second": round((len(played) + len(self.drums)) / CLIP_SECONDS, 2),
            "pitch": round(float(np.average([n.pitch for n in played], weights=[n.length for n in played])), 1)
            if played
            else None,
            "parts": [
                [v.program, v.role, v.volume, len(v.notes), round(float(np.mean([n.pitch for n in v.notes])), 1)]
                for v in self.voices
            ],
        }


def draw_clip(chance: random.Random, font: Soundfont, usual_styles: float, drums_alone: float) -> Clip:
    """A clip with everything in it drawn by chance.

    `usual_styles`: the share of clips whose lead plays in one of its usual styles; `drums_alone`: that of drums alone.
    """
    if drums_alone and chance.random() < drums_alone:
        piece = compose(chance, chance.choice([name for name, style in STYLES.items() if style.drums]), CLIP_SECONDS)
        beats = tuple(_in_seconds(chance, piece.drums, piece.bpm, 0.0))
        return Clip(
            font.name, piece.style, piece.beats, piece.bpm, "drums", (), beats, chance.choice((0, 8, 16, 25, 40))
        )
    while True:
        lead = chance.choice(chance.choice(TARGETS)) if chance.random() < 0.8 else chance.randrange(112)
        mode = chance.choices(("solo", "duo", "ensemble", "family"), (0.4, 0.2, 0.32, 0.08))[0]
        if lead not in font.lacks:
            break
    usual = STYLES_OF.get(lead)
    style = chance.choice(usual) if usual and chance.random() < usual_styles else chance.choice(list(STYLES))
    piece = compose(chance, style, CLIP_SECONDS)
    return _orchestrated(chance, font, piece, lead, mode)


def _orchestrated(chance: random.Random, font: Soundfont, piece: Piece, lead: int, mode: str) -> Clip:
    loud = chance.randint(90, 120)
    roles: list[tuple[int, str, int, Sequence[Note]]] = []
    if mode == "family":
        family = next((f for f in FAMILIES if lead in f), None) or chance.choice(FAMILIES)
        usable = [p for p in family if p not in font.lacks] or [lead]
        for number, notes in enumerate(four_voices(piece)):
            program = lead if number == 0 and lead in family else chance.choice(usable)
            roles.append((program, "lead", loud, notes))
    elif mode == "solo":
        roles += [(lead, "lead", loud, notes) for notes in _alone(chance, piece, lead)]
    else:
        taken = "bass" if lead in BASSES else "melody" if lead in MONOPHONIC or chance.random() < 0.6 else "chords"
        roles.append((lead, "lead", loud, _notes_of(piece, taken)))
        if lead == 109:
            roles.append((lead, "lead", loud, _drone(piece)))
        others = [role for role in ("melody", "chords", "bass", "second") if role != taken]
        count = 1 if mode == "duo" else chance.randint(2, 3)
        for role in chance.sample(others, count):
            choices = COMPANIONS["second" if role == "melody" else role]
            program = chance.choice([p for p in choices if p not in font.lacks and p != lead])
            roles.append((program, role, max(40, loud - chance.randint(0, 40)), _notes_of(piece, role)))
    drums = piece.drums if mode == "ensemble" or (mode == "duo" and chance.random() < 0.25) else ()
    shift = chance.uniform(0, 2) * 60 / piece.bpm
    voices = tuple(
        Voice(program, role, volume, fitted)
        for program, role, volume, notes in roles
        if (fitted := _in_seconds(chance, _in_range(chance, notes, program), piece.bpm, shift))
    )
    kit = chance.choice((0, 0, 0, 8, 16, 24, 25, 32, 40, 48))
    played = tuple(_in_seconds(chance, drums, piece.bpm, shift))
    if not voices:
        return _orchestrated(chance, font, compose(chance, "reel", CLIP_SECONDS), lead, mode)
    return Clip(font.name, piece.style, piece.beats, piece.bpm, mode, voices, played, kit)


def _alone(chance: random.Random, piece: Piece, program: int) -> list[Sequence[Note]]:
    """What one player of this instrument plays at once."""
    if program == 109:
        return [piece.melody, _drone(piece)]
    if program in BASSES and program != 58:
        return [chance.choice((piece.bass, piece.bass, piece.melody))]
    if program in MONOPHONIC:
        return [chance.choice((piece.melody, piece.melody, piece.second))]
    hands = (
        [piece.melody, piece.chords],
        [piece.melody, piece.bass],
        four_voices(piece),
        [piece.chords],
        [piece.melody],
        [piece.melody, piece.chords, piece.bass],
    )
    return list(chance.choice(hands))


def _notes_of(piece: Piece, role: str) -> Sequence[Note]:
    return {"melody": piece.melody, "chords": piece.chords, "bass": piece.bass, "second": piece.second}[role]


def _drone(piece: Piece) -> list[Note]:
    end = max(note.start + note.length for note in piece.melody)
    tonic = piece.bass[0].pitch % 12
    return [Note(0, end, 60 + tonic - 12 * (tonic > 3), 84)]


def _in_range(chance: random.Random, notes: Sequence[Note], program: int) -> list[Note]:
    """Moved by octaves into the range of the instrument, the mean somewhere in its middle half."""
    low, high = RANGES.get(program, (40, 88))
    if not notes:
        return []
    middle = chance.uniform(low + (high - low) * 0.3, low + (high - low) * 0.7)
    moved = 12 * round((middle - float(np.mean([note.pitch for note in notes]))) / 12)
    return [Note(note.start, note.length, _folded(note.pitch + moved, low, high), note.velocity) for note in notes]


def _folded(pitch: int, low: int, high: int) -> int:
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def _in_seconds(chance: random.Random, notes: Sequence[Note], bpm: float, shift: float) -> list[Note]:
    """In seconds, cut out from `shift` on, slightly uneven."""
    beat = 60 / bpm
    timed = []
    for note in notes:
        start = note.start * beat - shift + chance.gauss(0, 0.008)
        end = min(CLIP_SECONDS + 0.3, start + note.length * beat)
        if start < CLIP_SECONDS - 0.1 and end > 0.05:
            start = max(0.0, start)
            loudness = min(127, max(20, round(note.velocity + chance.gauss(0, 6))))
            timed.append(Note(start, max(0.04, end - start), note.pitch, loudness))
    return timed
