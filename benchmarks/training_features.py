"""The starter's vectors of training clips, kept in a folder so that an interrupted run goes on."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from clip_rendering import SAMPLE_RATE, render
from spoiling import spoil
from training_clips import Soundfont, draw_clip

from models.starter.embedder import StarterEmbedder

FREEPATS = {  # the programs that it has, counted from 0
    *(0, 1, 2, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 21, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35, 36, 37, 38),
    *(40, 42, 44, 45, 46, 47, 48, 53, 56, 57, 58, 59, 60, 61, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 79),
    *(80, 84, 88, 94, 95, 98, 104, 114),
}
SOUNDS = Path("/usr/share/sounds")
FONTS = {  # Debian's packages in the comments
    "FluidR3": Soundfont("FluidR3", SOUNDS / "sf2/FluidR3_GM.sf2", "Fluid"),  # fluid-soundfont-gm, MIT
    "MuseScore": Soundfont("MuseScore", SOUNDS / "sf3/MuseScore_General_Lite.sf3", "Fluid"),  # musescore-general-…, MIT
    "GMbank": Soundfont("GMbank", SOUNDS / "sf2/sf_GMbank.sf2", "GMbank"),  # csound-soundfont, public domain
    "freepats": Soundfont(  # freepats and timidity, GPL 2 with an exception for what is played
        "freepats", Path("/etc/timidity/freepats.cfg"), "freepats", frozenset(range(128)) - frozenset(FREEPATS)
    ),
    "OPL3": Soundfont("OPL3", SOUNDS / "sf2/OPL-3_FM_128M.sf2", "OPL3"),  # opl3-soundfont, CC BY-SA 4.0
    "TimGM6mb": Soundfont("TimGM6mb", SOUNDS / "sf2/TimGM6mb.sf2", "TimGM6mb"),  # timgm6mb-soundfont, GPL 2
}
HELD_OUT = "TimGM6mb"
BATCH = 18  # clips in one MIDI file: a soundfont takes longer to load than a clip to play
TYPICAL_BATCHES = 57  # in the first ones instruments play in their usual styles, in the others in any
ORDER = (  # of the batches: their shares of the clips
    *("FluidR3", "GMbank", "TimGM6mb", "freepats", "MuseScore", "GMbank", "TimGM6mb", "FluidR3", "freepats", "OPL3"),
    *("GMbank", "TimGM6mb", "MuseScore", "FluidR3", "freepats", "TimGM6mb", "GMbank", "MuseScore"),
)


@dataclass(frozen=True)
class Rendered:
    vectors: np.ndarray  # [clips, dim] float32
    facts: Sequence[dict]  # see training_clips.Clip.facts

    @property
    def fonts(self) -> np.ndarray:
        return np.array([facts["font"] for facts in self.facts])


def rendered(folder: Path, batches: int, embedder: StarterEmbedder) -> Rendered:
    """The first `batches` batches, rendered unless `folder` has them. 18 clips a batch, about 7 s of CPU."""
    folder.mkdir(parents=True, exist_ok=True)
    vectors, facts = [], []
    for number in range(batches):
        kept = folder / f"{number:04}.npz"
        if not kept.is_file():
            _render_batch(number, kept, embedder)
        with np.load(kept) as content:
            vectors.append(content["vectors"])
            facts += json.loads(str(content["facts"]))
    return Rendered(np.concatenate(vectors), facts)


def _render_batch(number: int, path: Path, embedder: StarterEmbedder) -> None:
    chance = random.Random(f"batch {number}")
    font = FONTS[ORDER[number % len(ORDER)]]
    style, drums = (0.6, 0.0) if number < TYPICAL_BATCHES else (0.1, 0.04)
    clips = [draw_clip(chance, font, style, drums) for _ in range(BATCH)]
    vectors, facts = [], []
    for clip, samples in zip(clips, render(clips, font, chance), strict=True):
        if np.abs(samples).max() > 1e-3:  # the soundfont has the instrument
            sound = torch.from_numpy(spoil(samples, chance))
            vectors.append(embedder.embed_audio([sound], SAMPLE_RATE)[0].vector)
            facts.append(clip.facts())
    part = path.with_suffix(".part.npz")
    np.savez(part, vectors=np.stack(vectors), facts=json.dumps(facts))
    part.replace(path)
