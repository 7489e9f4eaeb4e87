"""Profiles: which networks work together, and how to load them."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.separator import DEFAULT_OVERLAP
from models.weights.fingerprint import SPLEETER, chained_fingerprint, fingerprint_of
from models.weights.manifest import download_size, megabytes
from models.weights.store import Progress, State, Step, WeightStore
from polymuse.errors import UnavailableError, UserError
from polymuse.files import SUFFIX
from polymuse.music import BASS, DRUMS, INSTRUMENTAL, OTHER, VOCALS

if TYPE_CHECKING:  # both bring torch
    from models.embedder import Embedder
    from models.separator import Separator
    from models.tagging.state import TaggingFiles
    from models.tagging.tagger import Descriptor, Tagger

AUTO = "auto"
NONE = "none"
CONVERTED = "converted-"  # start of the name of a directory beside a checkpoint
BS_ROFORMER_VOCALS = "bs_roformer_vocals"
BS_ROFORMER_4STEMS = ("bs_roformer_4stems_ft", "bs_roformer_4stems")  # the preferred one first: its licence is stated
FOUR_STEMS = (DRUMS, BASS, OTHER)  # what only those tell apart
CACHE = "cache"  # directory beside the weights, for what is computed from them once; may be deleted at any time

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A separator, an embedder and a tagger that works on its vectors."""

    stems: tuple[str, ...]  # what the separator tells apart unless other stems are asked for
    jobs: int  # worker processes that suit it: each loads the networks for itself

    load_embedder: Callable[[WeightStore, str], "Embedder"]  # on this device
    load_separator: Callable[[WeightStore, Stems, int, bool, str], "Separator"]  # for these stems, with this overlap
    separator_fingerprint: Callable[[WeightStore, Stems, int], str]
    load_tagger: Callable[["Embedder", "TaggingFiles"], "Tagger"]
    embedder_weights: tuple[str, ...]  # names of the weights without which the profile is of no use
    prepare: Callable[[WeightStore, Progress], object] = lambda *_: None  # what can be done before the first use
    more_stems: tuple[str, ...] = ()  # what it tells apart with weights that are pulled by name
    accelerated: bool = True  # whether a GPU is used where there is one
    overlaps: bool = True  # whether the separator hears chunks that overlap as often as is asked
    # of descriptors, the slugs of those that its tagger can express
    expressible: "Callable[[Sequence[Descriptor]], frozenset[str]]" = lambda descriptors: frozenset(
        each.slug for each in descriptors
    )


def resolve_profile(name: str, weights: WeightStore) -> str:
    """The profile that `name` stands for. "auto" is the best one whose embedder can be loaded here.

    Stems are not needed to search, so a missing separator does not rule a profile out.
    Raises UserError for an unknown name, UnavailableError if "auto" finds no weights.
    """
    if name in PROFILES:
        return name
    if name != AUTO:
        raise UserError(f"There is no profile {name!r}", f"Profiles: {', '.join((AUTO, *PROFILES))}")
    if present := _present(weights):
        return present[0]
    ways = (
        f"`polymuse models pull {profile}` ({megabytes(download_size(weights.select(profile)))} to download)"
        for profile in PROFILES
    )
    raise UnavailableError(f"No profile has its weights in {weights.root}", f"Run {' or '.join(ways)}")


def prepare(weights: WeightStore, progress: Progress = lambda _: None) -> None:
    """Does what makes the first use of the profiles that are here fast. Raises what loading them raises."""
    for profile in _present(weights):
        PROFILES[profile].prepare(weights, progress)


def _present(weights: WeightStore) -> list[str]:
    """The profiles whose embedder can be loaded here, the best first."""
    present = {status.weights.name for status in weights.list() if status.state is State.PRESENT}
    return [name for name, profile in PROFILES.items() if present.issuperset(profile.embedder_weights)]


def choose_stems(profile: str, setting: str) -> tuple[str, ...]:
    """The stems to embed: "auto" is those of the profile's own weights, "none" no stem, else names joined by commas.

    They come in the profile's order. Raises UserError for a name that the profile does not know.
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
    """The overlap itself. Raises UserError for one that the profile cannot give, rather than to go on with another."""
    if overlap != DEFAULT_OVERLAP and not PROFILES[profile].overlaps:
        raise UserError(
            f"Profile {profile} has no choice of overlap, {overlap} is asked for",
            f"Leave out --overlap (setting overlap: {DEFAULT_OVERLAP}), or use the profile clamp3",
        )
    return overlap


def check_device(profile: str, device: str) -> str:
    """The device itself. Raises what `choose_device` raises, and UserError for one that the profile does not use."""
    if device == AUTO:
        return device
    from models.runtime.device import choose_device

    if choose_device(device).type != "cpu" and not PROFILES[profile].accelerated:
        raise UserError(
            f"Profile {profile} runs on the CPU only, the device {device!r} is asked for",
            f"Leave out --device (setting device: {AUTO}), or use the profile clamp3",
        )
    return device


def load_embedder(profile: str, weights: WeightStore, device: str = AUTO) -> "Embedder":
    """Raises UserError for an unknown profile or device, UnavailableError if its weights are missing or damaged."""
    profile = resolve_profile(profile, weights)
    return PROFILES[profile].load_embedder(weights, check_device(profile, device))


def load_separator(
    profile: str,
    weights: WeightStore,
    stems: Stems = (),
    overlap: int = DEFAULT_OVERLAP,
    cpu_fallback: bool = False,
    device: str = AUTO,
) -> "Separator":
    """A separator that tells these stems apart; without any, the profile's usual one. It may give more than these.

    Raises UserError for an unknown profile or device, UnavailableError if weights are missing or damaged.
    """
    profile = resolve_profile(profile, weights)
    return PROFILES[profile].load_separator(weights, stems, overlap, cpu_fallback, check_device(profile, device))


def load_tagger(profile: str, embedder: "Embedder", files: "TaggingFiles | None" = None) -> "Tagger":
    """The tagger of a profile, which compares with the vectors of this embedder.

    `files` say where a library keeps what it has taught. Raises UserError for a bank or a file there that is damaged.
    """
    from models.tagging.state import TaggingFiles

    return PROFILES[profile].load_tagger(embedder, files or TaggingFiles())


def expressible(profile: str, descriptors: "Sequence[Descriptor]") -> frozenset[str]:
    """The slugs of those among the descriptors that the tagger of a profile can express."""
    return PROFILES[profile].expressible(descriptors)


def separator_fingerprint(profile: str, weights: WeightStore, stems: Stems = (), overlap: int = DEFAULT_OVERLAP) -> str:
    """The fingerprint of the separator for these stems, without loading it."""
    return PROFILES[profile].separator_fingerprint(weights, stems, overlap)


def _clamp3_embedder(weights: WeightStore, device: str) -> "Embedder":
    from models.clamp3.embedder import Clamp3Embedder

    converted = _converted_clamp3(weights)
    return Clamp3Embedder.load(converted, converted, weights.path("xlm_roberta_tokenizer"), device)


def _converted_clamp3(weights: WeightStore, progress: Progress = lambda _: None) -> Path:
    """The directory with CLaMP 3 and MERT as they load fast, made from the official files if it is not there."""
    checkpoint, mert = weights.path("clamp3_saas"), weights.path("mert_v1_95m")
    sources = " ".join((*weights.sha256s("clamp3_saas"), *weights.sha256s("mert_v1_95m")))
    converted = checkpoint.parent / f"{CONVERTED}{hashlib.sha256(sources.encode()).hexdigest()[:16]}"
    if converted.is_dir():
        return converted
    from models.clamp3.checkpoint import convert

    progress(Step("converting clamp3", 1, 1))
    with weights.storing("free 2 GB"), weights.exclusive(progress):
        if not converted.is_dir():  # another process may have made it meanwhile
            for outdated in checkpoint.parent.glob(f"{CONVERTED}*"):
                shutil.rmtree(outdated)
            unfinished = converted.with_name(converted.name + SUFFIX)
            unfinished.mkdir()
            for file in convert(checkpoint, mert, unfinished):
                shutil.copymode(checkpoint, file)  # safetensors makes files private
            unfinished.replace(converted)
    return converted


def _bank_tagger(embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
    from models.tagging.descriptor_bank import bank_tagger

    return bank_tagger(embedder, files)


def _bs_roformer(weights: WeightStore, stems: Stems, overlap: int, cpu_fallback: bool, device: str) -> "Separator":
    """Vocals and the rest; where other stems are asked for, those come from the rest."""
    pairs = _bs_roformer_files(weights, stems)
    from models.bs_roformer.chained import ChainedSeparator
    from models.bs_roformer.separator import BSRoformerSeparator, Options

    options = Options(precision=AUTO, cpu_fallback=cpu_fallback)
    parts = [(VOCALS,), tuple(stem for stem in stems if stem != VOCALS)] if len(pairs) > 1 else [stems]
    first, *second = (
        BSRoformerSeparator.load(checkpoint, config, device, overlap, part, options)
        for (checkpoint, config), part in zip(pairs, parts, strict=True)
    )
    return ChainedSeparator(first, *second) if second else first


def _bs_roformer_fingerprint(weights: WeightStore, stems: Stems, overlap: int) -> str:
    pairs = _bs_roformer_files(weights, stems)
    from models.bs_roformer.config import fingerprint

    first, *second = (fingerprint(checkpoint, config, overlap) for checkpoint, config in pairs)
    return chained_fingerprint(first, *second) if second else first


def _bs_roformer_files(weights: WeightStore, stems: Stems) -> list[tuple[Path, Path]]:
    """Checkpoint and configuration of each network that it takes to tell these stems apart."""
    if not set(FOUR_STEMS).intersection(stems):
        return [_pair(weights, BS_ROFORMER_VOCALS)]
    if INSTRUMENTAL in stems:
        raise UserError(
            "The stem instrumental cannot be combined with drums, bass and other",
            f"Stems: {VOCALS},{INSTRUMENTAL}, or of {VOCALS},{','.join(FOUR_STEMS)}",
        )
    present = {status.weights.name for status in weights.list() if status.state is State.PRESENT}
    second = next((name for name in BS_ROFORMER_4STEMS if name in present), BS_ROFORMER_4STEMS[0])
    return [_pair(weights, BS_ROFORMER_VOCALS), _pair(weights, second)]


def _pair(weights: WeightStore, name: str) -> tuple[Path, Path]:
    checkpoint, config = weights.paths(name)
    return checkpoint, config


def _starter_embedder(weights: WeightStore, _device: str) -> "Embedder":
    from models.starter.embedder import StarterEmbedder

    weights.path("use_multilingual_v3")  # the embedder finds these itself; here they are only checked
    mtt, msd = weights.path("musicnn_mtt"), weights.path("musicnn_msd")
    return StarterEmbedder.load(mtt=mtt, msd=msd, cache=weights.root / CACHE)


def _starter_tagger(embedder: "Embedder", files: "TaggingFiles") -> "Tagger":
    from models.starter.tags import starter_tagger

    return starter_tagger(embedder, files)


def _starter_expressible(descriptors: "Sequence[Descriptor]") -> frozenset[str]:
    from models.starter.concepts import load_concepts
    from models.starter.tags import heard_descriptors

    return frozenset(each.slug for each in heard_descriptors(descriptors, load_concepts()))


def _spleeter(weights: WeightStore, *_: object) -> "Separator":
    from models.starter.spleeter import Spleeter

    return Spleeter.load(weights.path("spleeter_2stems"))


PROFILES: Mapping[str, Profile] = {  # the best first
    "clamp3": Profile(
        stems=(VOCALS, INSTRUMENTAL),
        jobs=1,  # gigabytes of weights, and one network keeps every core or the GPU busy
        load_embedder=_clamp3_embedder,
        load_separator=_bs_roformer,
        separator_fingerprint=_bs_roformer_fingerprint,
        load_tagger=_bank_tagger,
        embedder_weights=("clamp3_saas", "mert_v1_95m", "xlm_roberta_tokenizer"),
        prepare=_converted_clamp3,
        more_stems=FOUR_STEMS,
    ),
    "starter": Profile(
        stems=(VOCALS, INSTRUMENTAL),
        jobs=os.cpu_count() or 1,
        load_embedder=_starter_embedder,
        load_separator=_spleeter,
        separator_fingerprint=lambda weights, *_: fingerprint_of(SPLEETER, weights.path("spleeter_2stems")),
        load_tagger=_starter_tagger,
        embedder_weights=("use_multilingual_v3", "musicnn_mtt", "musicnn_msd"),
        accelerated=False,
        overlaps=False,
        expressible=_starter_expressible,
    ),
}
