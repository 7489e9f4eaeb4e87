"""Render four pieces on eleven instruments each: 44 clips whose instrument is known, for `retrieval` benchmarks.

    python benchmarks/render_instruments.py OUT_DIR [--soundfont FILE]

Every part of a piece is put on one General MIDI program and played with the default reverb; clips are cut at 60 s and
named `<instrument>__<piece>.ogg`. Needs music21 10.5 (its corpus holds the pieces), av, numpy, fluidsynth and a
soundfont (default: FluidR3_GM). music21 is no dependency of the project: install it into a virtual environment of its
own. Some encodings of its corpus are not for commercial use, so the clips are for measuring and are not shipped.
"""

import argparse
import tempfile
from pathlib import Path

from fluid import SAMPLE_RATE, SOUNDFONT, fade_out, normalise, synthesise, write_opus
from music21 import corpus, instrument, stream  # pyright: ignore[reportMissingImports]

PIECES = {
    "bach_bwv175.7": "bach/bwv175.7",
    "bach_bwv384": "bach/bwv384",
    "bach_bwv84.5": "bach/bwv84.5",
    "k155_movement1": "mozart/k155/movement1",
}
PROGRAMS = {  # General MIDI, counted from 0
    "piano": 0,
    "harpsichord": 6,
    "organ": 19,
    "acoustic_guitar": 24,
    "violin": 40,
    "harp": 46,
    "strings": 48,
    "choir": 52,
    "brass": 61,
    "flute": 73,
    "sitar": 104,
}
CLIP_SECONDS = 60
BIT_RATE = 96_000


def write_midi(piece: stream.Score, program: int, path: Path) -> None:
    """Write `piece` with all its parts on one General MIDI program."""
    for part in piece.parts:
        part.removeByClass(instrument.Instrument)
        voice = instrument.Instrument()
        voice.midiProgram = program
        part.insert(0, voice)
    piece.write("midi", fp=path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Render four pieces on eleven General MIDI instruments each.")
    parser.add_argument("out", type=Path, help="folder for the 44 clips")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for piece, source in PIECES.items():
        score = corpus.parse(source)
        for name, program in PROGRAMS.items():
            with tempfile.TemporaryDirectory() as folder:
                midi = Path(folder) / "piece.mid"
                write_midi(score, program, midi)
                samples = synthesise(midi, arguments.soundfont)[:, : CLIP_SECONDS * SAMPLE_RATE]
            clip = arguments.out / f"{name}__{piece}.ogg"
            write_opus(clip, normalise(fade_out(samples, 1.0)), BIT_RATE)
            print(f"{clip}  {samples.shape[1] / SAMPLE_RATE:.1f} s")


if __name__ == "__main__":
    main()
