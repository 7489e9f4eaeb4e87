"""Analysis of an upload in the worker process: vectors of its mix and of the requested stems."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.profiles import choose_stems, load_embedder, load_separator
from models.recipe import Recipe
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.paths import printable

if TYPE_CHECKING:  # the service itself runs no networks and needs no torch
    from models.embedder import Embedder
    from models.separator import Separator


@dataclass(frozen=True, slots=True)
class AnalysedUpload:
    """The vectors of an upload."""

    vectors: Mapping[str, np.ndarray]  # "mix" and the requested stems -> [dim] float32, L2-normalised
    seconds: float  # duration of the analysed part
    capped: bool  # whether the upload is longer than that


def analyze_upload(recipe: Recipe, path: Path, stems: tuple[str, ...]) -> AnalysedUpload:
    """The vectors of an audio file, and of its stems if the weights of a separator for them are installed.

    Raises BadAudioError, whose message does not contain the path, and UserError for stems that the profile does not
    support.
    """
    from models.analyzer import Analyzer

    embedder, separator = _embedder(recipe), _separator(recipe, stems) if stems else None
    analyzer = Analyzer(embedder, None, separator, stems if separator else (), recipe.max_seconds)
    try:
        analysis = analyzer.analyze(path)
        if silent := [name for name, stem in analysis.stems.items() if not stem.present]:
            raise BadAudioError(
                f"{printable(path)}: its {silent[0]} is silent, so nothing can be compared with it",
                "Choose another stem",
            )
    except BadAudioError as error:
        message = error.message.replace(f"{printable(path)}: ", "The upload could not be analysed: ")
        raise BadAudioError(message, error.advice) from error
    return AnalysedUpload(analysis.vectors, analysis.seconds, analysis.capped)


@lru_cache(maxsize=1)
def _embedder(recipe: Recipe) -> "Embedder":
    return load_embedder(recipe.profile, WeightStore(recipe.home.models), recipe.device)


@lru_cache(maxsize=1)
def _separator(recipe: Recipe, stems: tuple[str, ...]) -> "Separator | None":
    """None if the weights are not installed: the mix then replaces the stems, and the response says so."""
    choose_stems(recipe.profile, ",".join(stems))
    try:
        weights = WeightStore(recipe.home.models)
        return load_separator(recipe.profile, weights, replace(recipe.separation, stems=stems))
    except UnavailableError:
        return None
