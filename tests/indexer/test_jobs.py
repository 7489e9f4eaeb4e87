"""What a track is made with."""

from pathlib import Path

from indexer.jobs import fingerprints
from models.profiles import load_embedder, load_separator
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.home import Home


def test_the_separator_counts_where_there_are_stems(tiny_clamp3_home: Path) -> None:
    home = Home(tiny_clamp3_home)
    weights = WeightStore(home.models)
    embedder = load_embedder("clamp3", weights)
    mix_alone = Recipe(home, "clamp3", SeparationSpec(), 3600.0)
    assert fingerprints(mix_alone, embedder, weights) == {"embedder": embedder.fingerprint}
    separation = SeparationSpec(("vocals", "instrumental"))
    separator = load_separator("clamp3", weights, separation)
    assert fingerprints(Recipe(home, "clamp3", separation, 3600.0), embedder, weights) == {
        "embedder": embedder.fingerprint,
        "separator": separator.fingerprint,
    }
