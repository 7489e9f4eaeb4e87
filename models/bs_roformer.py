"""BS-RoFormer: state-of-the-art stems from public checkpoints."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, tee
from pathlib import Path

import torch
from torch import Tensor

from models.bs_roformer_checkpoint import read_checkpoint
from models.bs_roformer_config import Config, fingerprint, read_config
from models.bs_roformer_cost import memory_needed
from models.bs_roformer_network import Network
from models.device import choose_device
from models.overlap_add import Chunks
from models.separator import DEFAULT_OVERLAP
from polymuse.errors import BadAudioError, UnavailableError, UserError

log = logging.getLogger(__name__)

CHANNELS = 2
BATCH = 8  # chunks at once on a GPU, memory permitting
MEMORY_SHARE = 0.8  # of the free memory of a GPU that a batch may be expected to need
ANNOUNCED = 60.0  # seconds of work on a CPU from which on its length is announced
LOOKAHEAD = 4  # chunks, silent ones included, among which a batch is gathered, as a multiple of its size
DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Options:
    """How a network is run; nothing here changes what it hears beyond rounding."""

    dtype: str | None = None  # one of DTYPES; None: float16 on CUDA, float32 elsewhere
    batch: int | None = None  # chunks at once; None: what fits on a GPU, 1 elsewhere
    compiled: bool = False  # torch.compile: minutes once per machine, then faster on a GPU
    cpu_fallback: bool = False  # go on without the GPU where a single chunk is too much for its memory


class BSRoformerSeparator:
    """Implements `models.separator.Separator`.

    A checkpoint with one mask gives its stem and the rest of the mix, which sum to the mix sample by sample. Several
    masks are independent of each other: their stems sum to the mix only about.
    """

    def __init__(
        self, checkpoint: Path, config: Path, device: torch.device, overlap: int, stems: Sequence[str], options: Options
    ) -> None:
        """Use `load`."""
        self._config: Config = read_config(config)
        if not 1 <= overlap <= self._config.chunk:
            raise UserError(f"Overlap {overlap} is out of range", "2 is usual, 4 a little better and twice the work")
        self.stems: tuple[str, ...] = _chosen(self._config, stems)
        self.sample_rate: int = self._config.sample_rate
        self.overlap = overlap
        # Every sample is heard by the chunks of one step further on both sides too.
        self.context: float = self._config.chunk / overlap / self._config.sample_rate
        self._checkpoint = checkpoint
        self._device = device
        self._options = options
        self._dtype = _dtype(options.dtype, device)
        self._batch = options.batch or self._largest_batch()
        self._network: Network | None = self._new_network(self._dtype)
        self._exact: Network | None = None  # in float32, once it was needed
        self.fingerprint: str = fingerprint(checkpoint, config, overlap)

    @classmethod
    def load(
        cls,
        checkpoint: Path,
        config: Path,
        device: str = "cpu",
        overlap: int | None = None,
        stems: Sequence[str] = (),
        options: Options = Options(),
    ) -> "BSRoformerSeparator":
        """Reads a checkpoint (torch or safetensors) and the YAML file published with it.

        `device` may be "auto"; `overlap` is the number of chunks over each sample, 2 if not given. Only the stems in
        `stems` are made, all of them if there are none. Raises UserError for a configuration that is not supported,
        UnavailableError for a checkpoint that is missing, damaged or does not fit it, or a device that is not there.
        """
        overlap = DEFAULT_OVERLAP if overlap is None else overlap
        return cls(checkpoint, config, choose_device(device), overlap, stems, options)

    def separate(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] float32 at `sample_rate` (or [1, N], heard on both channels) -> {stem: [2, N] float32}, unscaled.

        Raises BadAudioError if samples are infinite or no numbers, UnavailableError if memory does not suffice.
        """
        return next(self.separate_all([mix]))

    def separate_all(self, mixes: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
        """Several mixes, as `separate` does one. Chunks of the next mix fill up batches that would be half empty."""
        planned, ahead = tee(
            (mix, Chunks(mix.shape[1], self._config.chunk, self.overlap)) for mix in map(_stereo, mixes)
        )
        heard = self._heard(chain.from_iterable(plan.cut(mix) for mix, plan in ahead))
        for mix, plan in planned:
            stems = {name: torch.empty(mix.shape) for name in self.stems}
            end = 0
            for piece in plan.join(_reported(islice(heard, len(plan.starts)), len(plan.starts), self._device)):
                start, end = end, end + piece.shape[-1]
                for name, part in self._named(mix[:, start:end], piece.cpu()).items():
                    stems[name][:, start:end] = part
            yield stems

    def forward(self, chunk: Tensor) -> Tensor:
        """The bare network: [B, 2, T] float32 -> [B, masks, 2, T] float32, on the CPU."""
        return self._run(chunk).cpu()

    def unload(self) -> None:
        """Gives the memory of the network back. It is loaded again when it is next needed."""
        self._network = self._exact = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def _masks(self) -> list[int]:
        """Indices of the mask estimators that are run."""
        if self._config.rest is not None:
            return [0]
        return [self._config.masks.index(stem) for stem in self.stems]

    def _named(self, mix: Tensor, heard: Tensor) -> dict[str, Tensor]:
        """A piece of the mix [2, n], and what was heard in it [masks, 2, n] -> {stem: [2, n]}."""
        if self._config.rest is None:
            return dict(zip(self.stems, heard, strict=True))
        both = {self._config.masks[0]: heard[0], self._config.rest: mix - heard[0]}
        return {name: both[name] for name in self.stems}

    def _heard(self, chunks: Iterable[Tensor]) -> Iterator[Tensor]:
        """Chunks [2, C] -> what the network makes of each, [masks, 2, C], in their order.

        Digital silence is what the network makes of silence, so it is not asked.
        """
        waiting: list[Tensor] = []
        loud = 0
        for chunk in chunks:
            waiting.append(chunk)
            loud += bool(chunk.any())
            if loud in (0, self._batch) or len(waiting) == LOOKAHEAD * self._batch:
                yield from self._answers(waiting)
                waiting, loud = [], 0
        yield from self._answers(waiting)

    def _answers(self, chunks: list[Tensor]) -> Iterator[Tensor]:
        loud = [chunk for chunk in chunks if chunk.any()]
        answers = iter(self._run(torch.stack(loud))) if loud else iter(())
        for chunk in chunks:
            yield next(answers) if chunk.any() else chunk.new_zeros(len(self._masks), *chunk.shape).to(self._device)

    def _run(self, batch: Tensor) -> Tensor:
        """[B, 2, T] -> [B, masks, 2, T] on the device, in parts if memory is short."""
        parts = []
        while len(batch):
            count = min(len(batch), self._batch)
            try:
                parts.append(self._finite(batch[:count]))
            except torch.OutOfMemoryError:
                self._need_less(count)
                continue
            batch = batch[count:]
        return torch.cat(parts)

    def _finite(self, batch: Tensor) -> Tensor:
        count = len(batch)
        if self._options.compiled and count < self._batch:  # another shape would be compiled anew
            batch = torch.cat([batch, batch.new_zeros(self._batch - count, *batch.shape[1:])])
        audio = batch.to(self._device)
        answer = self._run_network()(audio)[:count]
        if answer.isfinite().all():
            return answer
        if self._dtype != torch.float32:
            log.warning("%s overflows in %s: the chunk is computed again in float32", self._checkpoint, self._dtype)
            if self._exact is None:
                self._exact = self._new_network(torch.float32)
            answer = self._exact(audio)[:count]
            if answer.isfinite().all():
                return answer
        raise UnavailableError(f"{self._checkpoint} makes no finite audio", "Check the file: it may be damaged")

    def _need_less(self, count: int) -> None:
        """After an allocation failed with so many chunks at once."""
        torch.cuda.empty_cache()
        if count > 1:
            self._batch = count // 2
            log.warning("Out of memory on %s: going on with %d chunks at once", self._device, self._batch)
        elif self._options.cpu_fallback and self._device.type != "cpu":
            log.warning("Out of memory on %s: going on on the CPU, many times slower", self._device)
            self.unload()
            self._device, self._dtype = torch.device("cpu"), torch.float32
        else:
            seconds = self._config.chunk / self.sample_rate
            raise UnavailableError(
                f"One chunk of {seconds:.0f} s is too much for the memory of {self._device}",
                "Close other programs that use it, or choose the device cpu",
            )

    def _run_network(self) -> Network:
        if self._network is None:
            self._network = self._new_network(self._dtype)
        return self._network

    def _new_network(self, dtype: torch.dtype) -> Network:
        config = self._config.network
        weights = read_checkpoint(self._checkpoint, config)
        backend = "inductor" if self._options.compiled else None
        return Network(weights, config, self._masks, self._device, dtype, backend)

    def _largest_batch(self) -> int:
        """Chunks at once that should fit: more than one only fills a GPU."""
        if self._device.type != "cuda":
            return 1
        free, _ = torch.cuda.mem_get_info(self._device)
        for batch in range(BATCH, 1, -1):
            needed = memory_needed(
                self._config.network, self._config.chunk, batch, self._dtype.itemsize, len(self._masks)
            )
            if needed <= MEMORY_SHARE * free:
                return batch
        return 1


def _stereo(mix: Tensor) -> Tensor:
    if mix.ndim != 2 or len(mix) not in (1, CHANNELS) or mix.dtype != torch.float32:
        raise ValueError(f"expected [2, N] float32, got {list(mix.shape)} {mix.dtype}")
    if not mix.isfinite().all():
        raise BadAudioError("The audio has samples that are infinite or no numbers", "Decode it again")
    return mix.expand(CHANNELS, -1)


def _chosen(config: Config, stems: Sequence[str]) -> tuple[str, ...]:
    if unknown := sorted(set(stems) - set(config.stems)):
        raise UserError(f"The checkpoint has no stem {unknown[0]!r}", f"Its stems: {', '.join(config.stems)}")
    return tuple(stem for stem in config.stems if stem in stems) or config.stems


def _dtype(name: str | None, device: torch.device) -> torch.dtype:
    if name is None:
        return torch.float16 if device.type == "cuda" else torch.float32
    if name not in DTYPES:
        raise UserError(f"There is no precision {name!r}", f"Precisions: {', '.join(DTYPES)}")
    return DTYPES[name]


def _reported(chunks: Iterable[Tensor], count: int, device: torch.device) -> Iterator[Tensor]:
    """Passes chunks on; on a CPU, says after the first how long the others will take."""
    begun = time.monotonic()
    for index, chunk in enumerate(chunks):
        seconds = time.monotonic() - begun
        if index == 0 and device.type == "cpu" and seconds * count > ANNOUNCED:
            log.warning("BS-RoFormer on the CPU: %d chunks, about %.0f min", count, seconds * count / 60)
        yield chunk
