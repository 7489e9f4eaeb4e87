"""The parts of the starter profile, from the real weights: each needs only its own."""

import numpy as np
import pytest
import torch

from models.profiles.starter import StarterProfile
from models.separator import SeparationSpec
from models.tagging.descriptor_bank import load_bank
from models.tagging.state import TaggingFiles
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError

PROFILE = StarterProfile()
SPLEETER = "spleeter_2stems.safetensors"


def test_embedder_without_spleeter(weights_store: WeightStore) -> None:
    (weights_store.root / "starter" / SPLEETER).unlink()
    embedder = PROFILE.embedder(weights_store, "cpu")
    assert embedder.profile == "starter"
    vectors = embedder.embed_text(["something for a nightclub at two in the morning"])
    assert vectors.shape == (1, embedder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors), 1, atol=1e-5)


def test_tagger_of_the_embedder(weights_store: WeightStore) -> None:
    embedder = PROFILE.embedder(weights_store, "cpu")
    piano = embedder.embed_text(["piano"])[0]
    tags = PROFILE.tagger(embedder, TaggingFiles()).tag({"mix": piano})
    assert next(tag.slug for tag in tags.tags if tag.category == "instruments") == "piano"


def test_separator_without_musicnn(weights_store: WeightStore) -> None:
    for name in ("musicnn_mtt", "musicnn_msd"):
        (weights_store.root / "starter" / f"{name}.safetensors").unlink()
    separator = PROFILE.separator(weights_store, SeparationSpec())
    assert separator.stems == PROFILE.stems
    assert PROFILE.separator_fingerprint(weights_store, SeparationSpec()) == separator.fingerprint
    assert separator.separate(torch.zeros(2, 4096)).keys() == {"vocals", "instrumental"}


def test_missing_separator(weights_store: WeightStore) -> None:
    (weights_store.root / "starter" / SPLEETER).unlink()
    with pytest.raises(UnavailableError, match=r"spleeter_2stems are missing .*\(73 MB to download\)"):
        PROFILE.separator(weights_store, SeparationSpec())


def test_damaged_weights_are_not_loaded(weights_store: WeightStore) -> None:
    path = weights_store.root / "starter" / "musicnn_msd.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()  # a link into the cache
    path.write_bytes(content)
    with pytest.raises(UnavailableError, match="musicnn_msd are damaged"):
        PROFILE.embedder(weights_store, "cpu")


def test_some_descriptors_cannot_be_expressed() -> None:
    """Concepts of a piano, of "festive" under another name, a learnt one of the organ, and none of a tango."""
    by_slug = {each.slug: each for each in load_bank().descriptors}
    some = [by_slug[slug] for slug in ("piano", "festive", "organ", "tango")]
    assert PROFILE.expressible(some) == {"piano", "festive", "organ"}
