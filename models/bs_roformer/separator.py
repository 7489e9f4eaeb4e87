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
ANNOUNCED = 1.0  # minutes of work on a CPU from which on its length is announced
LOOKAHEAD = 4  # chunks, silent ones included, among which a batch is gathered, as a multiple of its size


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

        `device` may be "auto"; `overlap` is the number of chunks over each sample, 2 if not given. Only the stems in
        `stems` are made, all of them if there are none. Raises UserError for a configuration that is not supported,
        UnavailableError for a checkpoint that is missing, damaged or does not fit it, or a device that is not there.
        """
        overlap = DEFAULT_OVERLAP if overlap is None else overlap
        return cls(checkpoint, config, choose_device(device), overlap, stems, options)

    def separate(self, mix: Tensor) -> dict[str, Tensor]:
        """[2, N] float32 at `sample_rate` (or [1, N], heard on both channels) -> {stem: [2, N] float32}, unscaled.

        The mix may lie on any device, and the stems lie where it does. Raises BadAudioError if samples are infinite or
        no numbers, UnavailableError if memory does not suffice.
        """
        return next(self.separate_all([mix]))

    def separate_all(self, mixes: Iterable[Tensor]) -> Iterator[dict[str, Tensor]]:
        """Several mixes, as `separate` does one. Chunks of the next mix fill up batches that would be half empty."""
        planned, ahead = tee(
            (mix, Chunks(mix.shape[1], self._config.chunk, self.overlap)) for mix in map(_stereo, mixes)
        )
        heard = self._heard(chain.from_iterable(plan.cut(mix) for mix, plan in ahead))
        for mix, plan in planned:
            stems = {name: mix.new_empty(mix.shape) for name in self.stems}
            end = 0
            self._announce(len(plan.starts))
            for piece in plan.join(islice(heard, len(plan.starts))):
                start, end = end, end + piece.shape[-1]
                for name, part in self._named(mix[:, start:end], piece.to(mix.device)).items():
                    stems[name][:, start:end] = part
            yield stems

    def forward(self, chunk: Tensor) -> Tensor:
        """The bare network: [B, 2, T] float32 -> [B, masks, 2, T] float32, on the CPU."""
        return torch.stack(list(self._engine.run(list(chunk)))).cpu()

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
            batch = self._engine.batch
            if not loud or loud >= batch or len(waiting) >= LOOKAHEAD * batch:
                yield from self._answers(waiting)
                waiting, loud = [], 0
        yield from self._answers(waiting)

    def _answers(self, chunks: list[Tensor]) -> Iterator[Tensor]:
        loud = [chunk for chunk in chunks if chunk.any()]
        answers = self._engine.run(loud)
        for chunk in chunks:
            if chunk.any():
                yield next(answers)
            else:
                yield torch.zeros(len(self._masks), *chunk.shape, device=self._engine.device)

    def _announce(self, chunks: int) -> None:
        """On a CPU, says how long so many chunks will take: as an estimate the first time."""
        if self._engine.device != CPU:
            return
        minutes = chunks * self._engine.seconds_per_chunk() / 60
        if minutes > ANNOUNCED:
            log.warning("BS-RoFormer on the CPU: %d chunks, about %.0f min", chunks, minutes)


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


def _masks(config: Config, stems: Sequence[str]) -> list[int]:
    """Indices of the mask estimators that it takes for these stems."""
    return [0] if config.rest is not None else [config.masks.index(stem) for stem in stems]
