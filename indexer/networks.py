"""Builds the analyzer that a recipe asks for."""

from indexer.jobs import Recipe
from models.analyzer import Analyzer
from models.profiles import PROFILES, load_embedder, load_separator
from models.weights.store import WeightStore


def build_analyzer(recipe: Recipe) -> Analyzer:
    """Load the networks of a recipe. Raises UnavailableError where weights are missing or damaged."""
    weights = WeightStore(recipe.home.models)
    embedder = load_embedder(recipe.profile, weights, recipe.device)
    separator = load_separator(recipe.profile, weights, recipe.separation) if recipe.stems else None
    tagger = PROFILES[recipe.profile].tagger(embedder, recipe.tagging_files)
    return Analyzer(embedder, tagger, separator, recipe.stems, recipe.max_seconds)
