"""Runs a BS-RoFormer: chunks in batches, with fallbacks when GPU memory is short or a precision overflows."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from models.bs_roformer.checkpoint import read_checkpoint
from models.bs_roformer.config import Config
from models.bs_roformer.cost import bytes_per_chunk, seconds_per_chunk
from models.bs_roformer.network import Network
from models.runtime.batch_size import BatchSize, TooLittleMemoryError
from models.runtime.device import AUTO, release_memory
from models.runtime.precision import Precision, choose_precision
from models.runtime.transfer import upload
from polymuse.errors import UnavailableError

log = logging.getLogger(__name__)

CPU = torch.device("cpu")
BATCH = 8  # chunks at once on a GPU, memory permitting; a CPU is kept busy by one


@dataclass(frozen=True, slots=True)
class Options:
    """How a network is run. None of this changes its output beyond rounding."""

    precision: str | None = None  # a `Precision`, or "auto"; None: fp16 on CUDA, float32 elsewhere
    batch: int | None = None  # chunks at once; None: what fits on a GPU, 1 elsewhere
    memory: int | None = None  # bytes that a batch may take by estimate; None: the free memory of a GPU
    cpu_fallback: bool = False  # continue on the CPU if a single chunk does not fit on the GPU


class Engine:
    """Runs the network of a checkpoint."""

    def __init__(
        self, checkpoint: Path, config: Config, masks: Sequence[int], device: torch.device, options: Options
    ) -> None:
        """`masks`: indices of the mask estimators to run.

        Raises UserError for a precision that the device does not support, UnavailableError for a checkpoint that is
        missing, damaged, or does not fit its configuration or the memory.
        """
        self._checkpoint = checkpoint
        self._config = config
        self._masks = masks
        self._options = options
        self._pace: float | None = None  # seconds a chunk, of the latest batch
        self._network: Network | None = None
        self._exact: Network | None = None  # in float32, loaded after an overflow
        self._use_device(device, _precision(options.precision, device), options.batch)
        with self._with_cpu_fallback():
            self._size.attempt(self._loaded)

    @property
    def device(self) -> torch.device:
        return self._device

    @property
    def batch(self) -> int:
        """Chunks at once."""
        return self._size.now

    def run(self, chunks: Sequence[Tensor]) -> Iterator[Tensor]:
        """Each chunk [2, C] -> [masks, 2, C] on the device, in smaller batches if memory is short.

        Raises UnavailableError if not even one chunk fits, or if the output is not finite.
        """
        while chunks:
            with self._with_cpu_fallback():
                for part, stems in self._size.batches(chunks, self._timed):
                    chunks = chunks[len(part) :]
                    yield from stems

    def seconds_per_chunk(self) -> float:
        """Measured in the latest batch; before the first, an estimate for this CPU."""
        if self._pace is not None:
            return self._pace
        return seconds_per_chunk(self._config.network, self._config.chunk, len(self._masks), self._precision.dtype)

    def unload(self) -> None:
        """Frees the memory of the network. It is loaded again at next use."""
        self._network = self._exact = None
        release_memory(self._device)

    def _use_device(self, device: torch.device, precision: Precision, batch: int | None) -> None:
        self._device, self._precision = device, precision
        self._chunk_bytes = bytes_per_chunk(self._config.network, self._config.chunk, precision.dtype.itemsize)
        if batch is None:
            self._size = BatchSize(device, BATCH, item_bytes=self._chunk_bytes)
        else:
            self._size = BatchSize(device, batch, batch)

    @contextmanager
    def _with_cpu_fallback(self) -> Iterator[None]:
        """Switches to the CPU, if `cpu_fallback` is set, when not even one chunk fits on the GPU."""
        try:
            yield
        except TooLittleMemoryError:
            if self._device == CPU or not self._options.cpu_fallback:
                raise
            log.warning("the memory of %s is full: continuing on the CPU, many times slower", self._device)
            self.unload()
            self._pace = None
            self._use_device(CPU, choose_precision(AUTO, CPU), None)

    def _timed(self, chunks: Sequence[Tensor]) -> Tensor:
        """`_finite`, with the time per chunk recorded."""
        begun = time.monotonic()
        stems = self._finite(chunks)
        self._pace = (time.monotonic() - begun) / len(chunks)
        return stems

    def _finite(self, chunks: Sequence[Tensor]) -> Tensor:
        """Chunks [2, C] on any device -> [B, masks, 2, C]; computed again in float32 if half precision overflows."""
        limit = self._options.memory
        if limit is not None and len(chunks) * self._chunk_bytes > limit:
            raise torch.OutOfMemoryError(f"{len(chunks)} chunks take more than {limit} bytes")
        audio = torch.stack([upload(chunk, self._device) for chunk in chunks])
        self._precision.apply()
        stems = self._loaded()(audio)
        if stems.isfinite().all():
            return stems
        if self._precision.family == "half":
            log.warning("%s overflows in %s: a batch is computed again in float32", self._checkpoint, self._precision)
            if self._exact is None:
                self._exact = self._new_network(Precision.FLOAT32)
            Precision.FLOAT32.apply()
            stems = self._exact(audio)
            if stems.isfinite().all():
                return stems
        raise UnavailableError(
            f"{self._checkpoint} gives audio that is not finite", "Check the file: it may be damaged"
        )

    def _loaded(self) -> Network:
        if self._network is None:
            self._network = self._new_network(self._precision)
        return self._network

    def _new_network(self, precision: Precision) -> Network:
        config = self._config.network
        weights = read_checkpoint(self._checkpoint, config)
        return Network(weights, config, self._masks, self._device, precision.dtype)


def _precision(name: str | None, device: torch.device) -> Precision:
    if name is None:
        return Precision.FP16 if device.type == "cuda" else Precision.FLOAT32
    return choose_precision(name, device)
