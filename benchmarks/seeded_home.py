"""A POLYMUSE_HOME with the profile clamp3 and four stems, whose weights are all seeded: speed does not depend on them.

The files have the published layout and are imported by `polymuse models import`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from seeded_bs_roformer import FOUR_STEMS, VOCALS, save_four_stems, save_vocals
from seeded_clamp3 import REDUCED, save_checkpoint, save_mert, save_tokenizer

from models.bs_roformer.config import NetworkConfig
from models.clamp3.checkpoint import OFFICIAL

SOURCES = "seeded"  # directory next to the models
COMPLETE = "complete"  # file in it, written once everything is imported


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of all networks."""

    clamp3: Mapping
    vocals: NetworkConfig
    four_stems: NetworkConfig

    def __str__(self) -> str:
        networks = (
            f"{name} {network.dim} wide, {network.depth} deep, {network.heads} heads"
            for name, network in (("BS-RoFormer for vocals", self.vocals), ("for four stems", self.four_stems))
        )
        mert, tower = self.clamp3["mert"], self.clamp3["audio"]
        return (
            f"{', '.join(networks)}; MERT {mert.hidden} wide, {mert.layers} deep, {mert.channels} channels; "
            f"towers {tower.hidden} wide, {tower.layers} deep"
        )


def _reduced(network: NetworkConfig) -> NetworkConfig:
    """A quarter of the width and heads, a sixth of the depth. Bands and transform stay as they are."""
    return replace(network, dim=network.dim // 4, depth=network.depth // 6, heads=network.heads // 4)


GEOMETRIES = {
    "full": Geometry(OFFICIAL, VOCALS, FOUR_STEMS),
    "reduced": Geometry(REDUCED, _reduced(VOCALS), _reduced(FOUR_STEMS)),
}


def make_home(home: Path, geometry: Geometry) -> None:
    """Fill a directory, unless an earlier run has done so: a few minutes and 7 GB in full size."""
    sources = home / SOURCES
    mark = sources / COMPLETE
    if mark.exists() and mark.read_text() == str(geometry):
        return
    sources.mkdir(parents=True, exist_ok=True)
    clamp3, tokenizer = sources / "clamp3.pth", sources / "tokenizer.json"
    save_checkpoint(clamp3, geometry.clamp3)
    save_mert(sources / "mert", geometry.clamp3)
    save_tokenizer(tokenizer, geometry.clamp3["text"].vocabulary)
    _import(home, "clamp3", checkpoint=clamp3, mert=sources / "mert", tokenizer=tokenizer)
    for name, (checkpoint, config) in {
        "bs_roformer_vocals": save_vocals(sources / "vocals", geometry.vocals),
        "bs_roformer_4stems": save_four_stems(sources / "four_stems", geometry.four_stems),
    }.items():
        _import(home, name, checkpoint=checkpoint, config=config)
    mark.write_text(str(geometry))


def _import(home: Path, name: str, **files: Path) -> None:
    options = (part for option, file in files.items() for part in (f"--{option}", str(file)))
    command = [sys.executable, "-m", "indexer", "models", "import", name, "--link", *options]
    environment = os.environ | {"POLYMUSE_HOME": str(home)}
    subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=True)
