"""A library of the profile clamp3 in the smallest size, for scores as queries."""

from pathlib import Path

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.music import MIX, VOCALS
from tests.helpers.ids import id_of
from tests.helpers.paths import GOLDEN
from tests.helpers.signals import random_unit

MIDI = GOLDEN / "clamp3_symbolic" / "midi"
MELODY, TYPE2 = MIDI / "m01_melody.mid", MIDI / "e01_type2.mid"  # the second is read with a remark


def make_score_library(home: Path, tiny_clamp3_home: Path) -> Path:
    """Fill a POLYMUSE_HOME with three tracks; the vector of the mix and of the vocals of "No. 0" is that of MELODY."""
    (home / "models").symlink_to(tiny_clamp3_home / "models")
    embedder = load_embedder("clamp3", WeightStore(home / "models"))
    vectors = [embedder.embed_score(MELODY).vector, *(random_unit(n, embedder.dim) for n in (1, 2))]
    with Catalog.open(home / "store", Space.of(embedder)) as catalog:
        for n, vector in enumerate(vectors):
            track = Track(id_of(n), (FileRef(f"/music/{n}.ogg", 1, 1),), f"No. {n}", 10.0, "vorbis")
            catalog.upsert([Entry(track, {MIX: vector, VOCALS: vector})])
    return home
