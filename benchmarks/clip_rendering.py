"""Plays training clips with a soundfont. Needs mido 1.3, and fluidsynth or, for patches (.cfg), timidity."""

import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import mido  # pyright: ignore[reportMissingImports]
import numpy as np
from score import DRUM_CHANNEL
from training_clips import CLIP_SECONDS, Clip, Soundfont

SAMPLE_RATE = 44_100  # Hz
GAP_SECONDS = 2  # between the clips of one MIDI file, for tails
TICKS = 1000  # per second: the file's tempo is fixed, the pieces' are in the times


def render(clips: Sequence[Clip], font: Soundfont, chance: random.Random) -> Iterator[np.ndarray]:
    """[2, N] float32 for each clip, not yet spoilt."""
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "clips.mid"
        _write(clips, midi, chance)
        samples = _played(midi, font, chance)
    period = (CLIP_SECONDS + GAP_SECONDS) * SAMPLE_RATE
    for number in range(len(clips)):
        cut = samples[:, number * period : number * period + CLIP_SECONDS * SAMPLE_RATE]
        yield np.pad(cut, ((0, 0), (0, CLIP_SECONDS * SAMPLE_RATE - cut.shape[1])))


def _write(clips: Sequence[Clip], path: Path, chance: random.Random) -> None:
    midi = mido.MidiFile(ticks_per_beat=TICKS)
    events: list[tuple[float, int, mido.Message]] = []
    for number, clip in enumerate(clips):
        zero = number * (CLIP_SECONDS + GAP_SECONDS)
        channels = iter([channel for channel in range(16) if channel != DRUM_CHANNEL])
        players = [(next(channels), v.program, v.volume, v.notes) for v in clip.voices]
        if clip.drums:
            players.append((DRUM_CHANNEL, clip.kit, chance.randint(70, 115), clip.drums))
        before = max(0.0, zero - 0.2)
        for channel in range(16):
            events.append((before, 0, mido.Message("control_change", channel=channel, control=120, value=0)))
        for channel, program, volume, notes in players:
            controls = ((7, volume), (10, chance.randint(30, 97)), (91, chance.choice((0, 30, 60, 100))))
            for control, value in controls:
                message = mido.Message("control_change", channel=channel, control=control, value=value)
                events.append((before, 1, message))
            events.append((before, 1, mido.Message("program_change", channel=channel, program=program)))
            for note in notes:
                on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
                off = mido.Message("note_off", channel=channel, note=note.pitch)
                events += [(zero + note.start, 3, on), (zero + note.start + note.length, 2, off)]
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    now = 0
    for seconds, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(seconds * TICKS)
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=TICKS))
    midi.tracks.append(track)
    midi.save(path)


def _played(midi: Path, font: Soundfont, chance: random.Random) -> np.ndarray:
    if font.path.suffix == ".cfg":
        raw = midi.with_suffix(".raw")
        command = ["timidity", "-c", str(font.path), "-OrS1sl", "-s", str(SAMPLE_RATE), "-o", str(raw), "-A", "50"]
        command += ["--quiet=2", f"--reverb={chance.choice('dgf')}", str(midi)]
        subprocess.run(command, check=True, capture_output=True)
        return np.fromfile(raw, "<i2").astype(np.float32).reshape(-1, 2).T / np.float32(32768)
    room = ["-o", f"synth.reverb.room-size={chance.uniform(0.1, 0.9):.2f}"]
    command = ["fluidsynth", "-n", "-i", "-q", "-C", "0", "-g", "0.4", "-r", str(SAMPLE_RATE), *room]
    command += ["-T", "raw", "-O", "float", "-E", "little", "-F", "-", str(font.path), str(midi)]
    played = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(played.stdout, dtype="<f4").reshape(-1, 2).T
