"""Profiles: which networks work together. This module is the registry, with functions to choose from it.

Importing it imports no network, so every --help can name the profiles.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from models.profiles.clamp3 import Clamp3Profile
from models.profiles.profile import AUTO, CACHE, NONE, Profile
from models.profiles.starter import StarterProfile
from models.separator import DEFAULT_OVERLAP, SeparationSpec
from models.separators import SEPARATORS, choose_separator
from polymuse.errors import MissingWeightsError, UserError
from polymuse.excerpts import FULL, QUICK

if TYPE_CHECKING:
    from models.embedder import Embedder
    from models.separator import Separator
    from models.weights.store import Step, WeightStore

__all__ = (
    "AUTO",
    "CACHE",
    "NONE",
    "PROFILES",
    "Profile",
    "check_device",
    "check_overlap",
    "choose_scores",
    "choose_stems",
    "embedder_device",
    "load_embedder",
    "load_separator",
    "prepare",
    "profiles_that",
    "resolve_profile",
)

PROFILES: Mapping[str, Profile] = {  # the best first
    profile.name: profile
    for profile in (
        Clamp3Profile(),
        StarterProfile(),
    )
}


def profiles_that(hold: Callable[[Profile], object] = lambda _: True) -> str:
    """The names of the profiles for which `hold` is true, by default all, for people: "clamp3 or starter"."""
    return _either([name for name, profile in PROFILES.items() if hold(profile)])


def _either(names: Sequence[str]) -> str:
    """For people: "a", "a or b", "a, b or c"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def resolve_profile(name: str, store: "WeightStore") -> str:
    """The profile that `name` stands for. "auto" is the best one whose embedder can be loaded.

    Stems are not needed to search, so a missing separator does not rule a profile out.
    Raises UserError for an unknown name, MissingWeightsError if "auto" finds no weights.
    """
    if name in PROFILES:
        return name
    if name != AUTO:
        raise UserError(f"There is no profile {name!r}", f"Profiles: {', '.join((AUTO, *PROFILES))}")
    if present := _present(store):
        return present[0]
    from models.weights.manifest import download_size, megabytes

    sizes = sorted((download_size(store.select(name)), name) for name, profile in PROFILES.items() if profile.weights)
    ways = (f"`polymuse models pull {name}` ({megabytes(size)} to download)" for size, name in sizes)
    raise MissingWeightsError(f"No profile has its weights in {store.root}", f"Run {' or '.join(ways)}")


def prepare(store: "WeightStore", progress: "Callable[[Step], None]" = lambda _: None) -> None:
    """Prepares all profiles whose weights are present, so that their first use is fast. Raises what loading raises."""
    for profile in _present(store):
        PROFILES[profile].prepare(store, progress)


def _present(store: "WeightStore") -> list[str]:
    """The profiles whose embedder can be loaded, best first. A profile without weights is chosen by name only."""
    present = store.present()
    return [name for name, profile in PROFILES.items() if profile.weights and present.issuperset(profile.weights)]


def choose_stems(profile: str, setting: str, spec: SeparationSpec = SeparationSpec()) -> tuple[str, ...]:
    """The stems to embed: "auto" is the usual ones of the separator, "none" no stem, else names joined by commas.

    In the separator's order. Raises UserError for a name that the separator of the spec does not know, and for an
    unknown separator.
    """
    choice = choose_separator(spec, PROFILES[profile].separates_with)
    if setting in (AUTO, NONE):
        return choice.stems if choice is not None and setting == AUTO else ()
    wanted = {name.strip().lower() for name in setting.split(",")}
    if choice is None:
        raise UserError(
            "There are no stems without a separator", f"Stems: {NONE}; or choose a separator that makes them"
        )
    stems = (*choice.stems, *choice.more_stems)
    if unknown := sorted(wanted.difference(stems)):
        whose = f"Profile {profile}" if _is_default(spec) else f"The separator {choice.name}"
        raise UserError(
            f"{whose} has no stem {unknown[0]!r}", f"Stems: {', or of '.join((f'{AUTO}, {NONE}', ', '.join(stems)))}"
        )
    return tuple(name for name in stems if name in wanted)


def choose_scores(profile: str, *, wanted: bool) -> tuple[str, ...]:
    """The suffixes of the scores to index; none unless they are wanted. Raises UserError if the profile reads none."""
    if wanted and not PROFILES[profile].reads_scores:
        others = profiles_that(lambda each: each.reads_scores)
        raise UserError(
            f"Profile {profile} reads no scores", f"Leave out --scores (setting scores: false), or use {others}"
        )
    return PROFILES[profile].score_suffixes if wanted else ()


def check_overlap(profile: str, overlap: int, spec: SeparationSpec = SeparationSpec()) -> int:
    """Returns the overlap. Raises UserError if the separator does not support it, rather than use another one."""
    choice = choose_separator(spec, PROFILES[profile].separates_with)
    if overlap == DEFAULT_OVERLAP or spec.separator == NONE or (choice is not None and choice.overlaps):
        return overlap
    advice = f"Leave out --overlap (setting overlap: {DEFAULT_OVERLAP})"
    if choice is None or _is_default(spec):
        others = profiles_that(lambda each: each.overlaps)
        raise UserError(
            f"Profile {profile} has a fixed overlap, {overlap} was requested", f"{advice}, or use the profile {others}"
        )
    others = _either([name for name, each in SEPARATORS.items() if each.overlaps])
    raise UserError(
        f"The separator {choice.name} has a fixed overlap, {overlap} was requested", f"{advice}, or use {others}"
    )


def _is_default(spec: SeparationSpec) -> bool:
    """Whether the separator is that of the profile."""
    return (spec.separator, spec.checkpoint, spec.config) == (AUTO, None, None)


def check_device(profile: str, device: str, spec: SeparationSpec = SeparationSpec(separator=NONE)) -> str:
    """Returns the device. Raises what `choose_device` raises, and UserError if nothing uses it.

    `spec`: also counts its separator; by default only the embedder.
    """
    if device == AUTO:
        return device
    from models.runtime.device import choose_device

    choice = choose_separator(spec, PROFILES[profile].separates_with)
    accelerated = PROFILES[profile].accelerated or (choice is not None and choice.accelerated)
    if choose_device(device).type != "cpu" and not accelerated:
        others = profiles_that(lambda each: each.accelerated)
        raise UserError(
            f"Profile {profile} runs on the CPU only, the device {device!r} was requested",
            f"Leave out --device (setting device: {AUTO}), or use the profile {others}",
        )
    return device


def embedder_device(profile: str, spec: SeparationSpec) -> str:
    """The device of the embedder: "auto" if it runs on the CPU only and the separator uses the device of the spec."""
    choice = choose_separator(spec, PROFILES[profile].separates_with)
    shared = not PROFILES[profile].accelerated and choice is not None and choice.accelerated
    return AUTO if shared else spec.device


def load_embedder(profile: str, store: "WeightStore", device: str = AUTO, excerpts: str = FULL) -> "Embedder":
    """Loads the embedder of a profile, or of the best one ("auto"), for full tracks or for quick excerpts.

    Raises UserError for an unknown profile or device and for excerpts that the profile does not have, UnavailableError
    if weights are missing or damaged.
    """
    profile = resolve_profile(profile, store)
    chosen = PROFILES[profile]
    load = chosen.quick_embedder if excerpts == QUICK else chosen.embedder
    return load(store, check_device(profile, device))


def load_separator(
    profile: str,
    store: "WeightStore",
    spec: SeparationSpec = SeparationSpec(),
) -> "Separator":
    """Loads the separator as `Profile.separator` does. Also raises UserError for an unknown profile or device."""
    profile = resolve_profile(profile, store)
    check_device(profile, spec.device, spec)
    return PROFILES[profile].separator(store, spec)
