"""What the worker process does with an upload: decode, separate, embed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.profiles import choose_stems, load_embedder, load_separator
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.home import Home
from polymuse.music import MIX
from polymuse.paths import printable

if TYPE_CHECKING:  # the service itself hears nothing and needs no torch
    from models.embedder import Embedder
    from models.separator import Separator


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which networks hear, and how much of an upload."""

    home: Path
    profile: str
    separation: SeparationSpec  # for the stems that are asked for; its device is that of the embedder too
    max_seconds: float

    @property
    def weights(self) -> WeightStore:
        return WeightStore(Home(self.home).models)


@dataclass(frozen=True, slots=True)
class Heard:
    """The vectors of an upload."""

    vectors: Mapping[str, np.ndarray]  # "mix" and the stems that were asked for -> [dim] float32, L2-normalised
    seconds: float  # of audio that were decoded
    capped: bool  # whether it goes on after them


def hear(recipe: Recipe, path: Path, stems: tuple[str, ...]) -> Heard:
    """The vectors of an audio file, and of these stems where a separator for them is at hand.

    Raises BadAudioError, in words that do not tell the path, and UserError for stems that the profile does not know.
    """
    try:
        return _hear(recipe, path, stems)
    except BadAudioError as error:
        message = error.message.replace(f"{printable(path)}: ", "The upload cannot be heard: ")
        raise BadAudioError(message, error.advice) from error


def _hear(recipe: Recipe, path: Path, stems: tuple[str, ...]) -> Heard:
    import torch

    from models.audio.decode import decode
    from models.passages import SAMPLE_RATE, join_passages, level_db, separate_passages, stem_info

    embedder = _embedder(recipe)
    separator = _separator(recipe, stems) if stems else None
    decoded = decode(path, sample_rate=SAMPLE_RATE, max_seconds=recipe.max_seconds)
    if not decoded.samples.any():
        raise BadAudioError(f"{printable(path)}: nothing but silence", "Check it in a player")
    mix = torch.from_numpy(decoded.samples)
    passages = embedder.passages(decoded.seconds)
    excerpts = {MIX: join_passages(mix, passages)}
    if separator is not None:
        [separated] = separate_passages(separator, [mix], [passages])
        excerpts |= {name: separated[name] for name in stems}
    levels = {name: level_db(excerpt) for name, excerpt in excerpts.items()}
    for name, level in levels.items():
        if name != MIX and not stem_info(level, levels[MIX]).present:
            raise BadAudioError(
                f"{printable(path)}: its {name} is silent, so nothing is like it", "Ask for another stem"
            )
    embeddings = embedder.embed_audio(list(excerpts.values()), SAMPLE_RATE)
    vectors = {name: embedding.vector for name, embedding in zip(excerpts, embeddings, strict=True)}
    return Heard(vectors, decoded.seconds, decoded.capped)


@lru_cache(maxsize=1)
def _embedder(recipe: Recipe) -> "Embedder":
    return load_embedder(recipe.profile, recipe.weights, recipe.separation.device)


@lru_cache(maxsize=1)
def _separator(recipe: Recipe, stems: tuple[str, ...]) -> "Separator | None":
    """None where its weights are not here: the mix then stands for its stems, which the answer tells."""
    choose_stems(recipe.profile, ",".join(stems))
    try:
        return load_separator(recipe.profile, recipe.weights, replace(recipe.separation, stems=stems))
    except UnavailableError:
        return None
