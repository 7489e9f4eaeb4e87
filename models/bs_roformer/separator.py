"""BS-RoFormer: state-of-the-art stems from public checkpoints."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, tee
from pathlib import Path

import torch
from torch import Tensor

from models.bs_roformer.config import Config, fingerprint, read_config
from models.bs_roformer.engine import CPU, Engine, Options
from models.overlap_add import Chunks
from models.runtime.device import choose_device
from models.separator import DEFAULT_OVERLAP
from polymuse.errors import BadAudioError, UserError

log = logging.getLogger(__name__)

CHANNELS = 2
ANNOUNCED = 1.0  # minutes; longer work on a CPU is announced
LOOKAHEAD = 4  # chunks, including silent ones, that are read ahead to fill a batch, as a multiple of its size


class BSRoformerSeparator:
    """Implements `models.separator.Separator`.

    A checkpoint with one mask gives its stem and the rest of the mix, which sum exactly to the mix. Several masks are
    independent of each other: their stems sum to the mix only approximately.
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
        # The chunks over a sample reach one step further on both sides.
        self.context: float = self._config.chunk / overlap / self._config.sample_rate
        self._masks = _masks(self._config, self.stems)
        self._engine = Engine(checkpoint, self._config, self._masks, device, options)
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

        `device` may be "auto"; `overlap` is the number of chunks over each sample, by default 2. Only the stems in
        `stems` are separated, by default all. Raises UserError for a configuration that is not supported,
        UnavailableError for a checkpoint that is missing, damaged or does not fit it, or a missing device.
        """
        overlap = DEFAULT_OVERLAP if overlap is None else overlap
        return cls(checkpoint, config, choose_device(device), overlap, stems, options)

    def separate(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] float32 at `sample_rate` (or [1, N], copied to both channels) -> {stem: [2, N] float32}, unscaled.

        The mix may be on any device; the stems are on the same one. Raises BadAudioError if samples are not finite,
        UnavailableError if memory runs out.
        """
        return next(self.separate_all([mix]))

    def separate_all(self, mixes: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
        """`separate` for several mixes, in order. Chunks of consecutive mixes share batches."""
        planned, ahead = tee(
            (mix, Chunks(mix.shape[1], self._config.chunk, self.overlap)) for mix in map(_stereo, mixes)
        )
        outputs = self._outputs(chain.from_iterable(plan.cut(mix) for mix, plan in ahead))
        for mix, plan in planned:
            stems = {name: mix.new_empty(mix.shape) for name in self.stems}
            end = 0
            self._announce(len(plan.starts))
            for piece in plan.join(islice(outputs, len(plan.starts))):
                start, end = end, end + piece.shape[-1]
                for name, part in self._named(mix[:, start:end], piece.to(mix.device)).items():
                    stems[name][:, start:end] = part
            yield stems

    def forward(self, chunk: Tensor) -> Tensor:
        """The network alone: [B, 2, T] float32 -> [B, masks, 2, T] float32, on the CPU."""
        return torch.stack(list(self._engine.run(list(chunk)))).cpu()

    def _named(self, mix: Tensor, output: Tensor) -> dict[str, Tensor]:
        """A piece of the mix [2, n] and the network's output for it [masks, 2, n] -> {stem: [2, n]}."""
        if self._config.rest is None:
            return dict(zip(self.stems, output, strict=True))
        both = {self._config.masks[0]: output[0], self._config.rest: mix - output[0]}
        return {name: both[name] for name in self.stems}

    def _outputs(self, chunks: Iterable[Tensor]) -> Iterator[Tensor]:
        """Chunks [2, C] -> the network's output for each, [masks, 2, C], in order.

        The network maps digital silence to silence, so silent chunks are skipped.
        """
        waiting: list[Tensor] = []
        loud = 0
        for chunk in chunks:
            waiting.append(chunk)
            loud += bool(chunk.any())
            batch = self._engine.batch
            if not loud or loud >= batch or len(waiting) >= LOOKAHEAD * batch:
                yield from self._run(waiting)
                waiting, loud = [], 0
        yield from self._run(waiting)

    def _run(self, chunks: list[Tensor]) -> Iterator[Tensor]:
        loud = [chunk for chunk in chunks if chunk.any()]
        outputs = self._engine.run(loud)
        for chunk in chunks:
            if chunk.any():
                yield next(outputs)
            else:
                yield torch.zeros(len(self._masks), *chunk.shape, device=self._engine.device)

    def _announce(self, chunks: int) -> None:
        """On a CPU, logs how long `chunks` chunks will take; the first time by estimate."""
        if self._engine.device != CPU:
            return
        minutes = chunks * self._engine.seconds_per_chunk() / 60
        if minutes > ANNOUNCED:
            log.warning("BS-RoFormer on the CPU: %d chunks, about %.0f min", chunks, minutes)


def _stereo(mix: Tensor) -> Tensor:
    if mix.ndim != 2 or len(mix) not in (1, CHANNELS) or mix.dtype != torch.float32:
        raise ValueError(f"expected [2, N] float32, got {list(mix.shape)} {mix.dtype}")
    if not mix.isfinite().all():
        raise BadAudioError("The audio has samples that are not finite numbers", "Decode it again")
    return mix.expand(CHANNELS, -1)


def _chosen(config: Config, stems: Sequence[str]) -> tuple[str, ...]:
    if unknown := sorted(set(stems) - set(config.stems)):
        raise UserError(f"The checkpoint has no stem {unknown[0]!r}", f"Its stems: {', '.join(config.stems)}")
    return tuple(stem for stem in config.stems if stem in stems) or config.stems


def _masks(config: Config, stems: Sequence[str]) -> list[int]:
    """Indices of the mask estimators that these stems need."""
    return [0] if config.rest is not None else [config.masks.index(stem) for stem in stems]
