"""The profile starter: musicnn and the Universal Sentence Encoder, and stems by Spleeter."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.profiles.profile import CACHE, Profile

if TYPE_CHECKING:
    from models.embedder import Embedder
    from models.starter.embedder import StarterEmbedder
    from models.tagging.state import TaggingFiles
    from models.tagging.tagger import Descriptor, Tagger
    from models.weights.store import WeightStore

ENCODER, MTT, MSD = "use_multilingual_v3", "musicnn_mtt", "musicnn_msd"


class StarterProfile(Profile):
    """A small profile for trials, tests and small CPUs."""

    name = "starter"
    weights = (ENCODER, MTT, MSD)
    separates_with = "spleeter"
    jobs = os.cpu_count() or 1

    def embedder(self, store: "WeightStore", device: str) -> "StarterEmbedder":
        """Implements `Profile.embedder`, on the CPU."""
        from models.starter.embedder import StarterEmbedder

        store.path(ENCODER)  # only a check: the package that reads the file finds it
        return StarterEmbedder.load(store.path(MTT), store.path(MSD), cache=store.root / CACHE)

    def tagger(self, embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
        """Implements `Profile.tagger` for the descriptors that have a concept."""
        from models.starter.tags import starter_tagger

        return starter_tagger(embedder, files)

    def supported(self, descriptors: "Sequence[Descriptor]") -> "Sequence[Descriptor]":
        """Implements `Profile.supported`: the descriptors that have a concept, with its name."""
        from models.starter.learnt import load_vocabulary
        from models.starter.tags import expressible_descriptors

        return expressible_descriptors(descriptors, load_vocabulary())
