"""What a run says about tracks whose stems another separator has made."""

from collections.abc import Mapping
from dataclasses import replace

from indexer.comparing import Plan
from models.recipe import Recipe
from models.separators import SEPARATORS, separator_name, separator_names
from models.weights.store import WeightStore


def with_notes(plan: Plan, recipe: Recipe, made_with: Mapping[str, str]) -> Plan:
    """The plan with its lines on stored stems by other separators than that of `made_with`, {role: fingerprint}."""
    if not plan.other_separators:
        return plan
    names = separator_names(WeightStore(recipe.home.models), recipe.separation)
    again = {made: todo for made, (todo, _) in plan.other_separators.items() if todo}
    left = {made: kept for made, (_, kept) in plan.other_separators.items() if kept}
    new = separator_name(made_with["separator"], names)
    renewed = f"{_tracks(again, names)}; the run makes them again with {new}.{_kept(again, names)}" if again else ""
    unlike = (
        f"Elsewhere, {_tracks(left, names)}; `polymuse index` on their folders makes them with {new} as well."
        if left
        else ""
    )
    return replace(plan, renewed=renewed, unlike=unlike)


def _kept(counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    """How to keep them, if one separator that can be chosen has made all."""
    [made, *others] = [separator_name(made, names) for made in counts]
    return "" if others or made not in SEPARATORS else f" --separator {made} (setting separator) keeps them."


def _tracks(counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    """{fingerprint: tracks} -> "312 tracks have stems by bs_roformer"."""
    total = sum(counts.values())
    by = [separator_name(made, names) for made in counts]
    if len(counts) > 1:
        by = [f"{name} ({count})" for name, count in zip(by, counts.values(), strict=True)]
    return f"{total} {'track has' if total == 1 else 'tracks have'} stems by {', '.join(by)}"
