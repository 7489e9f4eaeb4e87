"""Profiles: which networks work together. This module is the registry, with functions to choose from it.

Importing it imports no network, so every --help can name the profiles.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from models.profiles.clamp3 import Clamp3Profile
from models.profiles.profile import AUTO, CACHE, NONE, Profile
from models.profiles.starter import StarterProfile
from models.separator import DEFAULT_OVERLAP, SeparationSpec
from polymuse.errors import MissingWeightsError, UserError

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
    "choose_stems",
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
    return " or ".join(name for name, profile in PROFILES.items() if hold(profile))


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


def choose_stems(profile: str, setting: str) -> tuple[str, ...]:
    """The stems to embed: "auto" is those of the profile's own weights, "none" no stem, else names joined by commas.

    In the profile's order. Raises UserError for a name that the profile does not know.
    """
    stems = PROFILES[profile].stems
    if setting in (AUTO, NONE):
        return stems if setting == AUTO else ()
    wanted = {name.strip().lower() for name in setting.split(",")}
    stems = (*stems, *PROFILES[profile].more_stems)
    if unknown := sorted(wanted.difference(stems)):
        raise UserError(
            f"Profile {profile} has no stem {unknown[0]!r}", f"Stems: {AUTO}, {NONE}, or of {', '.join(stems)}"
        )
    return tuple(name for name in stems if name in wanted)


def check_overlap(profile: str, overlap: int) -> int:
    """Returns the overlap. Raises UserError if the profile does not support it, rather than use another one."""
    if overlap != DEFAULT_OVERLAP and not PROFILES[profile].overlaps:
        others = profiles_that(lambda each: each.overlaps)
        raise UserError(
            f"Profile {profile} has a fixed overlap, {overlap} was requested",
            f"Leave out --overlap (setting overlap: {DEFAULT_OVERLAP}), or use the profile {others}",
        )
    return overlap


def check_device(profile: str, device: str) -> str:
    """Returns the device. Raises what `choose_device` raises, and UserError if the profile does not use it."""
    if device == AUTO:
        return device
    from models.runtime.device import choose_device

    if choose_device(device).type != "cpu" and not PROFILES[profile].accelerated:
        others = profiles_that(lambda each: each.accelerated)
        raise UserError(
            f"Profile {profile} runs on the CPU only, the device {device!r} was requested",
            f"Leave out --device (setting device: {AUTO}), or use the profile {others}",
        )
    return device


def load_embedder(profile: str, store: "WeightStore", device: str = AUTO) -> "Embedder":
    """Loads the embedder of a profile, or of the best one ("auto").

    Raises UserError for an unknown profile or device, UnavailableError if weights are missing or damaged.
    """
    profile = resolve_profile(profile, store)
    return PROFILES[profile].embedder(store, check_device(profile, device))


def load_separator(
    profile: str,
    store: "WeightStore",
    spec: SeparationSpec = SeparationSpec(),
) -> "Separator":
    """Loads the separator as `Profile.separator` does. Also raises UserError for an unknown profile or device."""
    profile = resolve_profile(profile, store)
    check_device(profile, spec.device)
    return PROFILES[profile].separator(store, spec)
