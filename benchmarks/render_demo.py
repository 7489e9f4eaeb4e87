"""Render the demo music into data/demo, with its licence list.

    python benchmarks/render_demo.py [OUT_DIR] [--soundfont FILE] [--only NAME]

Needs mido 1.3 (MIT), av, numpy, fluidsynth 2 and FluidR3_GM.sf2; neither mido nor fluidsynth is a dependency of the
project. Rendering again with the same versions gives the same files byte for byte.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from demo_classics import CLASSICS
from demo_originals import ORIGINALS
from fluid import SAMPLE_RATE, SOUNDFONT, fade_out, normalise, synthesise, trim_silence, write_opus
from score import Clip, write_midi

ALBUM = "Poly-Muse Demo"
BIT_RATE = 64_000  # bit/s
DEMO = Path(__file__).parents[1] / "data" / "demo"

LICENSES = """\
# Licences of the demo music

The clips are part of the project and may be shared under its licence, Apache-2.0, with the notice at the end.
Written by `benchmarks/render_demo.py`; do not edit by hand.

- **Notes.** All notes were typed into `benchmarks/demo_classics.py` and `benchmarks/demo_originals.py` for this
  project; no MIDI file or score of others was used. Our compositions and arrangements are dedicated to the public
  domain (CC0 1.0).
- **Sound.** Played by fluidsynth with the soundfont FluidR3_GM (MIT, notice below). No recording of others is in it.
- **Files.** Ogg Opus, libopus through PyAV, 48 kHz stereo, {kilobits} kbit/s, peak -1 dBFS, faded out.

| file | title | composer or source | why it may be shipped |
|---|---|---|---|
{rows}

## FluidR3_GM

Copyright © 2000-2002, 2008 Frank Wen
Copyright © 2008 Toby Smithe

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def render(clip: Clip, folder: Path, soundfont: Path) -> Path:
    """Write one clip with its tags and return its path."""
    with tempfile.TemporaryDirectory() as scratch:
        midi = Path(scratch) / "clip.mid"
        write_midi(clip, midi)
        samples = trim_silence(synthesise(midi, soundfont))
    samples = normalise(fade_out(samples[:, : round(clip.seconds * SAMPLE_RATE)], clip.fade_seconds))
    tags = {"title": clip.title, "artist": clip.artist, "album": ALBUM, "date": str(clip.year), "genre": clip.genre}
    path = folder / clip.file_name
    write_opus(path, samples, BIT_RATE, tags)
    print(f"{path}  {samples.shape[1] / SAMPLE_RATE:.1f} s  {path.stat().st_size / 1000:.0f} kB")
    return path


def write_licenses(clips: Sequence[Clip], path: Path) -> None:
    rows = [f"| {clip.file_name} | {clip.title} | {clip.artist} | {clip.origin} |" for clip in clips]
    path.write_text(LICENSES.format(rows="\n".join(rows), kilobits=BIT_RATE // 1000), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the demo music and its licence list.")
    parser.add_argument("out", type=Path, nargs="?", default=DEMO, help="folder for the clips")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    parser.add_argument("--only", default="", help="render only clips whose file name contains this")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    clips = [compose() for compose in (*CLASSICS, *ORIGINALS)]
    for clip in clips:
        if arguments.only in clip.file_name:
            render(clip, arguments.out, arguments.soundfont)
    write_licenses(clips, arguments.out / "LICENSES.md")


if __name__ == "__main__":
    main()
