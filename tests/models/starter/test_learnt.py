"""Learnt concepts: beside those of tags, in their place, and with their names."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import data
from models.audio.decode import decode
from models.starter.concepts import load_concepts
from models.starter.embedder import StarterEmbedder
from models.starter.learnt import load_vocabulary

DEMO = Path(data.__file__).with_name("demo")
RATE = 44_100
CLIPS = {
    "organ": "bach_toccata_d_minor",
    "accordion": "café_valse",
    "saxophone": "blue_lamp_quartet",
    "piano": "satie_gymnopedie",
    "strings": "pachelbel_canon",
    "metal": "iron_gate_metal",
    "guitar": "greensleeves",
}


def files_of(folder: Path, *concepts: tuple[str, dict[str, list[str]], float, list[float]]) -> tuple[Path, Path]:
    """A names file and a directions file of concepts (slug, names, weight, direction)."""
    names, directions = folder / "names.json", folder / "directions.json"
    entries = [{"slug": slug, "category": "instruments", "aliases": aliases} for slug, aliases, _, _ in concepts]
    names.write_text(json.dumps({"concepts": entries}))
    vectors = {slug: {"weight": weight, "unit": unit} for slug, _, weight, unit in concepts}
    directions.write_text(json.dumps({"directions": vectors}))
    return names, directions


def test_a_learnt_concept_takes_the_place_of_the_one_with_its_slug(tmp_path: Path) -> None:
    """Weight 2 times (.6, .8)."""
    files = files_of(tmp_path, ("organ", {"en": ["organ"]}, 2.0, [0.6, 0.8]))
    vocabulary, table = load_vocabulary(*files), load_concepts()
    assert vocabulary.slugs == table.slugs
    organ = vocabulary.concepts[table.slugs.index("organ")]
    assert organ.direction == pytest.approx((1.2, 1.6))
    assert organ.aliases == {"en": ("organ",)}
    assert not organ.guessed


def test_others_follow_and_take_names_from_concepts_of_tags(tmp_path: Path) -> None:
    table = load_concepts()
    assert "trumpet" in table.concepts[table.slugs.index("brass")].aliases["en"]
    vocabulary = load_vocabulary(*files_of(tmp_path, ("trumpet", {"en": ["Trumpet", "cornet"]}, 1.0, [1.0])))
    assert vocabulary.slugs == (*table.slugs, "trumpet")
    brass = vocabulary.concepts[table.slugs.index("brass")]
    assert "trumpet" not in brass.aliases["en"]
    assert "trombone" in brass.aliases["en"]
    assert vocabulary.concepts[0] == table.concepts[0]


@pytest.fixture(scope="module")
def embedder(starter_weights: Path) -> StarterEmbedder:
    return StarterEmbedder.load(
        starter_weights / "musicnn_mtt.safetensors", starter_weights / "musicnn_msd.safetensors"
    )


@pytest.fixture(scope="module")
def vectors(embedder: StarterEmbedder) -> dict[str, np.ndarray]:
    """Of some clips of the demo music, which nothing was learnt from."""
    sounds = [torch.from_numpy(decode(DEMO / f"{name}.opus", sample_rate=RATE).samples) for name in CLIPS.values()]
    embeddings = embedder.embed_audio(sounds, RATE)
    return {what: each.vector for what, each in zip(CLIPS, embeddings, strict=True)}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("church organ", "organ"),
        ("教堂管风琴", "organ"),
        ("أرغن الكنيسة", "organ"),
        ("accordion", "accordion"),
        ("saxophone", "saxophone"),
    ],
)
def test_a_clip_of_the_instrument_is_the_first_hit(
    embedder: StarterEmbedder, vectors: dict[str, np.ndarray], query: str, first: str
) -> None:
    text = embedder.embed_text([query])[0]
    assert np.linalg.norm(text) == pytest.approx(1, abs=1e-5)
    assert max(vectors, key=lambda what: float(vectors[what] @ text)) == first


def test_concepts_of_tags_are_found_as_before(embedder: StarterEmbedder, vectors: dict[str, np.ndarray]) -> None:
    """Their vectors have no part in the embedding, and stay what they were to the bit."""
    [text] = embedder.embed_text(["piano"])
    assert np.flatnonzero(text).tolist() == [load_concepts().slugs.index("piano")]
    assert max(vectors, key=lambda what: float(vectors[what] @ text)) == "piano"
