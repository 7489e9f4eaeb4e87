"""Indexing by a chain of published parts: the baseline that benchmarks/indexing.py runs.

    python benchmarks/chained_baseline.py PATH… [--stems vocals,instrumental] [--overlap 2]

Sequential, one track after the other: decode the whole track; separate it chunk by chunk with the package
`bs-roformer`; extract features of the mix and every stem window by window with HubertModel of the transformers library;
run CLaMP 3's audio tower on each. If there is a GPU, separation runs there under float16 autocast and the rest in
float32; on a CPU everything is float32, as there is no complex bfloat16. For four stems, a second network separates the
mix minus the vocals of the first. The weights are those of POLYMUSE_HOME. There are no tags and no segments, and
nothing is stored.

Prints a line of JSON with the vectors of each track, then one with the seconds of each step.
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch
from mert_peer import hubert, rows
from peers import installed
from torch import Tensor
from torch.nn import functional

from indexer.scan import AudioFile, scan
from models.audio.decode import decode
from models.bs_roformer.checkpoint import build_module, read_checkpoint
from models.bs_roformer.config import Config, read_config
from models.clamp3.checkpoint import map_mert
from models.clamp3.clamp3 import Clamp3
from models.clamp3.mert import preprocess
from models.overlap_add import Chunks
from models.passages import SAMPLE_RATE
from models.runtime.device import choose_device
from models.separators.bs_roformer import BS_ROFORMER_4STEMS, BS_ROFORMER_VOCALS, FOUR_STEMS
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError
from polymuse.home import Home
from polymuse.music import INSTRUMENTAL, MIX, VOCALS
from polymuse.settings import load_settings

PEERS = ("bs_roformer", "transformers")


class PackageSeparator:
    """A checkpoint in the package's module, run by a plain loop."""

    def __init__(self, files: Sequence[Path], overlap: int, device: torch.device) -> None:
        checkpoint, config = files
        self.config: Config = read_config(config)
        self.module = build_module(self.config.network)
        self.module.load_state_dict(read_checkpoint(checkpoint, self.config.network))
        self.module.to(device)
        self.autocast = torch.autocast("cuda", torch.float16, enabled=device.type == "cuda")
        self.overlap = overlap

    @torch.inference_mode()
    def __call__(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] -> {mask: [2, N]}: every chunk separately, then overlap-add."""
        plan = Chunks(mix.shape[1], self.config.chunk, self.overlap)
        padded = functional.pad(mix, (plan.border, plan.border), "reflect") if plan.border else mix
        total = mix.new_zeros(len(self.config.masks), *padded.shape)
        weight = mix.new_zeros(padded.shape[1])
        for start in range(0, plan.padded, plan.step):
            chunk = padded[:, start : start + plan.chunk]
            length = chunk.shape[1]
            fill = "reflect" if length > plan.chunk // 2 else "constant"
            chunk = functional.pad(chunk, (0, plan.chunk - length), fill)[None]
            with self.autocast:
                output = self.module(chunk).view(-1, 2, plan.chunk)
            window = plan.window(start).to(mix)
            total[..., start : start + length] += (output * window)[..., :length]
            weight[start : start + length] += window[:length]
        stems = (total / torch.where(weight > 0, weight, 1))[..., plan.border : plan.border + plan.length]
        return dict(zip(self.config.masks, stems, strict=True))


class Chain:
    """All networks, loaded at once."""

    def __init__(self, stems: Sequence[str], overlap: int, device: torch.device) -> None:
        weights = WeightStore(Home(load_settings().home).models)
        mert = weights.path("mert_v1_95m")
        self.stems, self.device = stems, device
        self.seconds: defaultdict[str, float] = defaultdict(float)  # by step
        self._separators = [
            PackageSeparator(weights.paths(name), overlap, device) for name in separators_for(stems, weights)
        ]
        self._mert = hubert(map_mert(mert), device)
        self._tower = Clamp3.load(
            weights.path("clamp3_saas"), mert, weights.path("xlm_roberta_tokenizer"), str(device), "float32"
        )

    def embed(self, path: Path) -> tuple[float, dict[str, list[float]]]:
        """Seconds of audio, and the vectors of the mix and the stems. Raises BadAudioError."""
        with self._timed("decode"):
            mix = torch.from_numpy(decode(path, sample_rate=SAMPLE_RATE).samples).to(self.device)
        with self._timed("separate"):
            waveforms = {MIX: mix} | self._separate(mix)
        with self._timed("embed"):
            vectors = {name: self._vector(waveform) for name, waveform in waveforms.items()}
        return mix.shape[1] / SAMPLE_RATE, vectors

    def _separate(self, mix: Tensor) -> dict[str, Tensor]:
        if not self._separators:
            return {}
        first, *second = self._separators
        vocals = first(mix)[VOCALS]
        found = {VOCALS: vocals, INSTRUMENTAL: mix - vocals}
        for separator in second:
            found = separator(mix - vocals) | {VOCALS: vocals}
        return {name: found[name] for name in self.stems}

    def _vector(self, waveform: Tensor) -> list[float]:
        features = rows(self._mert, preprocess(waveform.cpu(), SAMPLE_RATE))
        return self._tower.embed_rows(features).tolist()

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.seconds[step] += time.perf_counter() - begun


def separators_for(stems: Sequence[str], weights: WeightStore) -> list[str]:
    """The names of the weights that these stems need."""
    if not stems:
        return []
    if not set(FOUR_STEMS).intersection(stems):
        return [BS_ROFORMER_VOCALS]
    present = {status.weights.name for status in weights.list() if status.state == "present"}
    return [BS_ROFORMER_VOCALS, next(name for name in BS_ROFORMER_4STEMS if name in present)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Index files with a chain of published parts, one by one.")
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--stems", default="vocals,instrumental", help="names, or none")
    parser.add_argument("--overlap", type=int, default=2)
    arguments = parser.parse_args()
    if not all(map(installed, PEERS)):
        return
    warnings.simplefilter("ignore")  # the package uses deprecated calls for attention kernels and autocast
    stems = () if arguments.stems == "none" else arguments.stems.split(",")
    with redirect_stdout(sys.stderr):  # the package prints the GPU that it finds
        chain = Chain(stems, arguments.overlap, choose_device(load_settings().device))
    counts, audio = Counter[str](), 0.0
    for file in scan(arguments.paths):
        if not isinstance(file, AudioFile):
            continue
        try:
            seconds, vectors = chain.embed(file.path)
        except BadAudioError:
            counts["failed"] += 1
            continue
        counts["indexed"] += 1
        audio += seconds
        print(json.dumps({"path": str(file.path), "vectors": vectors}))
    print(json.dumps({"summary": summary(counts, audio, chain.seconds)}))


def summary(counts: Mapping[str, int], audio: float, stages: Mapping[str, float]) -> dict:
    """As that of `polymuse index --json`."""
    numbers = {name: counts.get(name, 0) for name in ("indexed", "updated", "unchanged", "failed")}
    longest = max(stages, key=lambda step: stages[step])
    return numbers | {"audio_seconds": audio, "stages": dict(stages), "bottleneck": f"The longest step: {longest}."}


if __name__ == "__main__":
    main()
