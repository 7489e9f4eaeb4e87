"""All parts of the official check on the weights of a store."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from models.bs_roformer.config import read_config
from models.check.clamp3 import TEXTS, Clamp3Check, Clamp3Files
from models.check.files import CLAMP3, check_files, installed, is_published, roformers
from models.check.row import NOT_JUDGED, Row, Verdict, attempt
from models.check.separation import RoformerCheck, RoformerFiles
from models.clamp3 import published
from models.clamp3.quick import EXCERPT_SECONDS, agreement
from models.profiles import load_embedder
from models.profiles.clamp3 import CHECKPOINT, MERT, converted_weights
from models.runtime.device import AUTO, release_memory
from models.runtime.precision import Precision, choose_precision
from models.separator import SAMPLE_RATE
from polymuse.errors import UnavailableError
from polymuse.excerpts import FULL, QUICK

if TYPE_CHECKING:
    from models.weights.store import WeightStore

EXTRA = "pip install 'poly-muse[reference]'"
PACKAGES = ("poly-muse", "torch", "transformers", "torchaudio", "bs-roformer", "tokenizers", "safetensors", "numpy")
SECONDS = 15.0  # of each clip
SEPARATED_SECONDS = 5.0  # on a CPU, where each chunk of a BS-RoFormer takes minutes: two chunks
OTHERS = {  # weights -> why there is nothing to compare them with
    "musicnn_mtt": "published for TensorFlow",
    "spleeter_2stems": "published for TensorFlow",
    "use_multilingual_v3": "runs in the package that publishes it",
    "blip_captioning_base": "runs in transformers, which publishes it",
}


@dataclass(frozen=True, slots=True)
class Clips:
    """The music that networks are compared on."""

    waveforms: Mapping[str, Tensor]  # name without its folder -> [2, N] float32 at 44.1 kHz
    descriptions: tuple[str, ...] = ()  # of the bundled clips: a text for each, none of which has a voice

    def cut(self, seconds: float) -> list[Tensor]:
        """The first seconds of each."""
        return [clip[:, : round(seconds * SAMPLE_RATE)] for clip in self.waveforms.values()]


def require_something(store: "WeightStore") -> None:
    """Raises UnavailableError unless weights with a published implementation are here, and that implementation."""
    here = installed(store)
    if not here:
        raise UnavailableError(
            "There is nothing to compare: neither CLaMP 3 nor a BS-RoFormer is installed",
            "Run `polymuse models pull clamp3`; `polymuse models verify` checks the files of other weights",
        )
    if here.issuperset(CLAMP3) and not published.is_installed():
        raise UnavailableError("The published implementations are not installed", f"Run {EXTRA}")


def check(
    store: "WeightStore",
    clips: Clips,
    device: torch.device,
    seconds: float | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Every part in float32, and the outputs also in the precision that `auto` chooses on the device.

    `seconds`: of each clip that are compared; by default 15, and 5 of the first clip for separation on a CPU.
    `say` is told what begins.
    """
    say("reading the files")
    yield from check_files(store)
    if installed(store).issuperset(CLAMP3):
        say("CLaMP 3 and MERT")
        yield from attempt("clamp3", lambda: _clamp3_rows(store, clips, device, seconds or SECONDS))
        release_memory(device)
    few = seconds is None and device.type == "cpu"
    cut = clips.cut(SEPARATED_SECONDS)[:1] if few else clips.cut(seconds or SECONDS)
    for name in roformers(store):
        say(name)
        yield from attempt(name, lambda name=name: _roformer_rows(store, name, cut, clips, device))
        release_memory(device)
    present = store.present()
    for name, why in OTHERS.items():
        if name in present:
            yield Row(name, Verdict.NOT_COMPARED, note=why)


def circumstances(store: "WeightStore", clips: Clips, device: torch.device) -> dict[str, Any]:
    """What a result depends on: versions, device, precision, hashes of the weights. Names of files have no folders."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "versions": {"python": platform.python_version()} | {each: _version(each) for each in PACKAGES},
        "device": str(device),
        "device_name": name,
        "threads": torch.get_num_threads(),
        "cpus": os.cpu_count(),
        "auto_precision": choose_precision(AUTO, device),
        "weights": {
            each.name: {found.name: found.sha256 for found in store.hashes(each)}
            for each in store.manifest
            if each.name in store.present()
        },
        "audio": list(clips.waveforms),
    }


def clamp3_files(store: "WeightStore") -> Clamp3Files:
    """The files of CLaMP 3. Raises UnavailableError if one is missing or damaged."""
    checkpoint, mert, tokenizer = (store.path(name) for name in CLAMP3)
    sha256s = (*store.sha256s(CHECKPOINT), *store.sha256s(MERT))
    return Clamp3Files(checkpoint, mert, tokenizer, converted_weights(store, lambda _: None), sha256s)


def _clamp3_rows(store: "WeightStore", clips: Clips, device: torch.device, seconds: float) -> Iterator[Row]:
    both = Clamp3Check(clamp3_files(store), TEXTS, clips.cut(seconds), device)
    yield from both.rows()
    fast = choose_precision(AUTO, device)
    if fast is not Precision.FLOAT32:
        yield from both.rows_in(fast)
    if long := [clip for clip in clips.cut(seconds) if clip.shape[1] > EXCERPT_SECONDS * SAMPLE_RATE]:
        yield from attempt("clamp3: quick excerpts", lambda: _quick_rows(store, long, device))
    if clips.descriptions:
        trusted = all(is_published(store, name) for name in CLAMP3)
        yield from attempt("plausibility", lambda: _meaning(both, clips.descriptions, trusted=trusted))


def _quick_rows(store: "WeightStore", clips: Sequence[Tensor], device: torch.device) -> Iterator[Row]:
    """How near the vectors of `index --excerpts quick` are to those of whole tracks: measured, with no limit."""
    full, quick = (load_embedder("clamp3", store, str(device), kind) for kind in (FULL, QUICK))
    found = agreement(full, quick, clips, SAMPLE_RATE)
    note = f"cosine {found.mean_cosine:.4f} on average of {found.tracks} tracks; no limit"
    if found.recall is not None:
        note += f"; recall@{found.nearest} {found.recall:.2f}, rank correlation {found.rank_correlation:.2f}"
    yield Row("clamp3: quick excerpts", Verdict.OK, cosine=found.worst_cosine, note=note)


def _meaning(both: Clamp3Check, descriptions: Sequence[str], *, trusted: bool) -> Iterator[Row]:
    """Whether texts are nearer to the clips that they describe than to others, once both sides are centred.

    Equality cannot show that: both implementations could run on the same wrong weights. Every other random network
    passes by chance.
    """
    table = both.similarities(descriptions).double()
    centred = table - table.mean(dim=0) - table.mean(dim=1, keepdim=True) + table.mean()
    margin = float(centred.diagonal().mean())
    note = f"texts and their clips are {margin:+.4f} nearer than chance"
    verdict = Verdict.OK if margin > 0 else Verdict.DOUBTFUL if trusted else Verdict.UNVERIFIED
    yield Row("clamp3: plausibility", verdict, note=note if margin > 0 or trusted else f"{note}; {NOT_JUDGED}")


def _roformer_rows(
    store: "WeightStore", name: str, cut: Sequence[Tensor], clips: Clips, device: torch.device
) -> Iterator[Row]:
    checkpoint, config = store.paths(name)
    described = read_config(config)
    if described.sample_rate != SAMPLE_RATE or described.chunk % described.network.stft_hop_length:
        why = f"{described.sample_rate} Hz, chunks of {described.chunk} samples: the package takes whole hops only"
        yield Row(name, Verdict.NOT_COMPARED, note=why)
        return
    both = RoformerCheck(RoformerFiles(name, checkpoint, config), cut, device)
    fast = choose_precision(AUTO, device)
    yield from both.rows(list(dict.fromkeys((Precision.FLOAT32, fast))))
    if clips.descriptions:
        yield from both.plausible(trusted=is_published(store, name))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
