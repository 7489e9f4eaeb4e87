"""Profiles: which networks work together, and how to load them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.fingerprint import SPLEETER, fingerprint_of
from models.manifest import download_size, megabytes
from models.weights import State, WeightStore
from polymuse.errors import UnavailableError, UserError

if TYPE_CHECKING:  # both bring torch
    from models.embedder import Embedder
    from models.separator import Separator
    from models.tagging import Tagger

AUTO = "auto"
NONE = "none"
CACHE = "cache"  # directory beside the weights, for what is computed from them once; may be deleted at any time


@dataclass(frozen=True, slots=True)
class Profile:
    """A separator, an embedder and a tagger that works on its vectors."""

    stems: tuple[str, ...]  # what the separator tells apart

    load_embedder: Callable[[WeightStore], "Embedder"]
    load_separator: Callable[[WeightStore], "Separator"]
    separator_fingerprint: Callable[[WeightStore], str]
    load_tagger: Callable[["Embedder"], "Tagger"]
    embedder_weights: tuple[str, ...]  # names of the weights without which the profile is of no use


def resolve_profile(name: str, weights: WeightStore) -> str:
    """The profile that `name` stands for. "auto" is the best one whose embedder can be loaded here.

    Stems are not needed to search, so a missing separator does not rule a profile out.
    Raises UserError for an unknown name, UnavailableError if "auto" finds no weights.
    """
    if name in PROFILES:
        return name
    if name != AUTO:
        raise UserError(f"There is no profile {name!r}", f"Profiles: {', '.join((AUTO, *PROFILES))}")
    present = {status.weights.name for status in weights.list() if status.state is State.PRESENT}
    for profile, parts in PROFILES.items():
        if present.issuperset(parts.embedder_weights):
            return profile
    ways = (
        f"`polymuse models pull {profile}` ({megabytes(download_size(weights.of_profile(profile)))} to download)"
        for profile in PROFILES
    )
    raise UnavailableError(f"No profile has its weights in {weights.root}", f"Run {' or '.join(ways)}")


def choose_stems(profile: str, setting: str) -> tuple[str, ...]:
    """The stems to embed: "auto" is all that the profile has, "none" no stem, else names joined by commas.

    They come in the profile's order. Raises UserError for a name that the profile does not know.
    """
    stems = PROFILES[profile].stems
    if setting in (AUTO, NONE):
        return stems if setting == AUTO else ()
    wanted = {name.strip().lower() for name in setting.split(",")}
    if unknown := sorted(wanted.difference(stems)):
        raise UserError(
            f"Profile {profile} has no stem {unknown[0]!r}", f"Stems: {AUTO}, {NONE}, or of {', '.join(stems)}"
        )
    return tuple(name for name in stems if name in wanted)


def load_embedder(profile: str, weights: WeightStore) -> "Embedder":
    """Raises UserError for an unknown profile, UnavailableError if its weights are missing or damaged."""
    return PROFILES[resolve_profile(profile, weights)].load_embedder(weights)


def load_separator(profile: str, weights: WeightStore) -> "Separator":
    """Raises UserError for an unknown profile, UnavailableError if its weights are missing or damaged."""
    return PROFILES[resolve_profile(profile, weights)].load_separator(weights)


def load_tagger(profile: str, embedder: "Embedder") -> "Tagger":
    """The tagger of a profile, which compares with the vectors of this embedder."""
    return PROFILES[profile].load_tagger(embedder)


def separator_fingerprint(profile: str, weights: WeightStore) -> str:
    """The fingerprint of the separator, without loading it."""
    return PROFILES[profile].separator_fingerprint(weights)


def _starter_embedder(weights: WeightStore) -> "Embedder":
    from models.starter import StarterEmbedder

    weights.path("use_multilingual_v3")  # the embedder finds these itself; here they are only checked
    mtt, msd = weights.path("musicnn_mtt"), weights.path("musicnn_msd")
    return StarterEmbedder.load(mtt=mtt, msd=msd, cache=weights.root / CACHE)


def _starter_tagger(embedder: "Embedder") -> "Tagger":
    from models.starter_tags import starter_tagger

    return starter_tagger(embedder)


def _spleeter(weights: WeightStore) -> "Separator":
    from models.spleeter import Spleeter

    return Spleeter.load(weights.path("spleeter_2stems"))


PROFILES: Mapping[str, Profile] = {  # the best first
    "starter": Profile(
        stems=("vocals", "instrumental"),
        load_embedder=_starter_embedder,
        load_separator=_spleeter,
        separator_fingerprint=lambda weights: fingerprint_of(SPLEETER, weights.path("spleeter_2stems")),
        load_tagger=_starter_tagger,
        embedder_weights=("use_multilingual_v3", "musicnn_mtt", "musicnn_msd"),
    ),
}
