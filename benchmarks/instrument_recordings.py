"""Recordings of single instruments from packages of Debian, named after their instruments: `package/name`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from models.audio.decode import decode
from models.starter.embedder import StarterEmbedder
from polymuse.errors import UserError

SAMPLE_RATE = 44_100
LEAST_SECONDS = 6  # shorter ones are repeated
PLACES = {  # package -> where its recordings are in the unpacked folders
    "gcompris": "**/gcompris/src/activities/instruments/resource/*.ogg",
    "lmms": "**/lmms/samples/instruments/*.ogg",
    "tuxpaint": "**/tuxpaint/stamps/hobbies/music/*/*.ogg",
    "sonic-pi": "**/sonic-pi/samples/*.flac",
}
SPOKEN = "_desc"  # names of things, in many languages
CHOSEN = ("ambi_choir", "ambi_piano", "bass_", "elec_bell", "elec_chime", "guit_", "loop_", "perc_bell", "tabla_tas")


def recordings(folder: Path, embedder: StarterEmbedder, kept: Path) -> tuple[np.ndarray, Sequence[str]]:
    """Vectors [n, dim] and names; kept in the file `kept`."""
    if not kept.is_file():
        found = list(_found(folder, embedder))
        np.savez(kept, vectors=np.stack([vector for _, vector in found]), names=[name for name, _ in found])
    with np.load(kept) as content:
        return content["vectors"], [str(name) for name in content["names"]]


def _found(folder: Path, embedder: StarterEmbedder) -> Iterator[tuple[str, np.ndarray]]:
    for package, pattern in PLACES.items():
        for path in sorted(folder.glob(pattern)):
            if SPOKEN in path.stem or (package == "sonic-pi" and not path.stem.startswith(CHOSEN)):
                continue
            try:
                samples = decode(path, sample_rate=SAMPLE_RATE).samples
            except UserError:  # one of LMMS's is in a codec of its own
                continue
            times = -(-LEAST_SECONDS * SAMPLE_RATE // samples.shape[1])
            sound = torch.from_numpy(np.ascontiguousarray(np.tile(samples, (1, times))))
            yield f"{package}/{path.stem}", embedder.embed_audio([sound], SAMPLE_RATE)[0].vector
