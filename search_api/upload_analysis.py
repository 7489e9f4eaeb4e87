"""Analysis of an upload in the worker process: the vector of a score, or those of a mix and the requested stems."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from models.profiles import NONE, choose_stems, load_embedder, load_separator
from models.recipe import Recipe
from models.score_suffix import score_suffix
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, BadScoreError, UnavailableError
from polymuse.music import MIX, Measurements
from polymuse.paths import printable

if TYPE_CHECKING:  # the service itself runs no networks and needs no torch
    from models.embedder import Embedder
    from models.separator import Separator

UploadKind: TypeAlias = Literal["audio", "score"]


@dataclass(frozen=True, slots=True)
class AnalysedUpload:
    """The vectors of an upload."""

    vectors: Mapping[str, np.ndarray]  # "mix" and the requested stems -> [dim] float32, L2-normalised
    seconds: float  # duration of the analysed part; 0 for a score
    capped: bool  # whether the upload is longer than that
    kind: UploadKind = "audio"
    title: str = ""  # that a score names
    composer: str = ""  # the same
    remarks: tuple[str, ...] = ()  # what was read leniently, or left out
    separator: str = ""  # fingerprint of what made its stems; "" if it has none
    measured: Measurements | None = None  # if that was asked for; None of a score


def analyze_upload(recipe: Recipe, path: Path, stems: tuple[str, ...], *, measures: bool = False) -> AnalysedUpload:
    """The vector of a score; or those of an audio file, and of its stems if a separator for them is installed.

    With `measures` also tempo, key, loudness and energy of audio.

    A score that is not called so is copied beside itself. Raises BadAudioError and BadScoreError, whose messages do not
    contain the path, and UserError for stems that the profile does not support.
    """
    if stems and recipe.separation.separator != NONE:
        choose_stems(recipe.profile, ",".join(stems), recipe.separation)
    embedder = _embedder(recipe)
    try:
        suffix = score_suffix(path, embedder.score_suffixes)
    except BadScoreError as error:
        raise _of_upload(error, path) from error
    if suffix is not None:
        return _analyze_score(embedder, _called(path, suffix))
    return _analyze_audio(recipe, embedder, path, stems, measures=measures)


def _of_upload(error: BadScoreError, path: Path) -> BadScoreError:
    message = error.message.replace(f"{printable(path)}: ", "The upload could not be read as a score: ")
    return BadScoreError(message, error.advice)


def _called(path: Path, suffix: str) -> Path:
    """A file with this suffix. The original stays: after a crash, another process begins with it again."""
    return path if path.suffix.lower() == suffix else Path(shutil.copyfile(path, path.with_suffix(suffix)))


def _analyze_score(embedder: "Embedder", path: Path) -> AnalysedUpload:
    """A score has the one vector, which is compared with all stems, and needs no networks for audio."""
    try:
        score = embedder.embed_score(path)
    except BadScoreError as error:
        raise _of_upload(error, path) from error
    except MemoryError as error:
        raise BadScoreError("Reading the score takes too much memory", "Send a part of it") from error
    described = {"title": score.title, "composer": score.composer, "remarks": score.remarks}
    return AnalysedUpload({MIX: score.vector}, 0.0, capped=False, kind="score", **described)


def _analyze_audio(
    recipe: Recipe, embedder: "Embedder", path: Path, stems: tuple[str, ...], *, measures: bool
) -> AnalysedUpload:
    from models.analyzer import Analyzer

    separator = _separator(recipe, stems) if stems else None
    analyzer = Analyzer(embedder, None, separator, stems if separator else (), recipe.max_seconds)
    try:
        analysis = analyzer.analyze(path, measures=measures)
        if silent := [name for name, stem in analysis.stems.items() if not stem.present]:
            raise BadAudioError(
                f"{printable(path)}: its {silent[0]} is silent, so nothing can be compared with it",
                "Choose another stem",
            )
    except BadAudioError as error:
        message = error.message.replace(f"{printable(path)}: ", "The upload could not be analysed: ")
        raise BadAudioError(message, error.advice) from error
    by = separator.fingerprint if separator else ""
    parts = analysis.vectors, analysis.seconds, analysis.capped
    return AnalysedUpload(*parts, remarks=analysis.remarks, separator=by, measured=analysis.measured)


@lru_cache(maxsize=1)
def _embedder(recipe: Recipe) -> "Embedder":
    weights = WeightStore(recipe.home.models)
    return load_embedder(recipe.profile, weights, recipe.embedder_device, recipe.excerpts)


@lru_cache(maxsize=1)
def _separator(recipe: Recipe, stems: tuple[str, ...]) -> "Separator | None":
    """None without installed weights and for "none": the mix then replaces the stems, and the response says so."""
    if recipe.separation.separator == NONE:
        return None
    try:
        weights = WeightStore(recipe.home.models)
        return load_separator(recipe.profile, weights, replace(recipe.separation, stems=stems))
    except UnavailableError:
        return None
