"""Passages of MIDI files of others, with what plays in them, as `training_features` has it of its own clips."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import mido  # pyright: ignore[reportMissingImports]
import numpy as np
import torch
from fluid import SAMPLE_RATE, synthesise
from score import DRUM_CHANNEL
from training_clips import Soundfont
from training_features import Rendered

from models.starter.embedder import StarterEmbedder

PASSAGE_SECONDS = 9
PLACES = (0.25, 0.5, 0.75)  # of the whole, where passages start
LEADING_SHARE = 0.4  # of the time that all notes sound: from there on an instrument leads


def midi_clips(folder: Path, font: Soundfont, embedder: StarterEmbedder, kept: Path) -> Rendered:
    """Three passages of each file; kept in the file `kept`."""
    if not kept.is_file():
        found = [each for path in sorted(folder.rglob("*.mid")) for each in _passages(path, font, embedder)]
        np.savez(kept, vectors=np.stack([vector for vector, _ in found]), facts=json.dumps([each for _, each in found]))
    with np.load(kept) as content:
        return Rendered(content["vectors"], json.loads(str(content["facts"])))


def _passages(path: Path, font: Soundfont, embedder: StarterEmbedder) -> Iterator[tuple[np.ndarray, dict]]:
    notes = _notes(path)
    if not notes:
        return
    samples = synthesise(path, font.path)
    for place in PLACES:
        start = round(place * samples.shape[1] / SAMPLE_RATE)
        cut = samples[:, start * SAMPLE_RATE : (start + PASSAGE_SECONDS) * SAMPLE_RATE]
        facts = _facts(notes, start, font.name, path.stem)
        if cut.shape[1] == PASSAGE_SECONDS * SAMPLE_RATE and facts["parts"]:
            yield embedder.embed_audio([torch.from_numpy(cut.copy())], SAMPLE_RATE)[0].vector, facts


def _notes(path: Path) -> list[tuple[float, float, int, int]]:
    """(start and end in seconds, program, pitch); the program of drums is -1."""
    programs: dict[int, int] = defaultdict(int)
    sounding: dict[tuple[int, int], tuple[float, int]] = {}
    notes = []
    now = 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            if key in sounding:
                start, program = sounding.pop(key)
                notes.append((start, now, program, message.note))
            if message.type == "note_on" and message.velocity:
                sounding[key] = now, -1 if message.channel == DRUM_CHANNEL else programs[message.channel]
    return notes


def _facts(notes: list[tuple[float, float, int, int]], start: float, font: str, piece: str) -> dict:
    end = start + PASSAGE_SECONDS
    inside = [
        (min(off, end) - max(on, start), program, pitch)
        for on, off, program, pitch in notes
        if off > start and on < end
    ]
    tonal = [each for each in inside if each[1] >= 0]
    whole = sum(length for length, _, _ in tonal) or 1.0
    parts = []
    for program in sorted({program for _, program, _ in tonal}):
        own = [(length, pitch) for length, p, pitch in tonal if p == program]
        share = sum(length for length, _ in own) / whole
        role = "lead" if share >= LEADING_SHARE else "other"
        parts.append([program, role, 0, len(own), round(float(np.mean([pitch for _, pitch in own])), 1)])
    lengths = [length for length, _, _ in tonal]
    return {
        "font": font,
        "style": piece,
        "beats": float("nan"),
        "mode": "solo" if len(parts) == 1 else "duo" if len(parts) == 2 else "ensemble",
        "drums": any(program < 0 for _, program, _ in inside),
        "notes_per_second": len(inside) / PASSAGE_SECONDS,
        "pitch": float(np.average([pitch for _, _, pitch in tonal], weights=lengths)) if tonal else 60.0,
        "parts": parts,
    }
