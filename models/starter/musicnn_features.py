"""The feature extractor of the starter embedder: audio -> tag logits and embeddings of both musicnn models."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor

from models.starter import musicnn
from models.starter.space import TrackFeatures
from polymuse.errors import BadAudioError

BATCH = 32  # patches in one forward pass


class MusicnnFeatures:
    """Extracts the features of both musicnn models, on the CPU."""

    def __init__(self, mtt: Path, msd: Path) -> None:
        self._networks = [musicnn.Musicnn.load(path) for path in (mtt, msd)]

    def extract(self, passages: Sequence[Tensor], sample_rate: int) -> list[TrackFeatures]:
        """Each passage [C, N] float32 -> its features. The patches of all passages share batches.

        Each passage is resampled and transformed separately, so it does not depend on the audio around it.
        """
        patches = [musicnn.patches(musicnn.log_mel(_mono(passage, sample_rate))) for passage in passages]
        counts = [len(group) for group in patches]
        outputs = [self._forward(batch) for batch in torch.cat(patches).split(BATCH)]
        logits = torch.cat([logits for logits, _ in outputs]).split(counts)
        embeddings = torch.cat([embedding for _, embedding in outputs]).split(counts)
        return [
            TrackFeatures(logit.mean(0).numpy(), embedding.mean(0).numpy(), count)
            for logit, embedding, count in zip(logits, embeddings, counts, strict=True)
        ]

    def _forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 187, 96] -> logits [B, 100], embeddings [B, 400]."""
        outputs = [network.forward(patches) for network in self._networks]
        return torch.cat([logits for logits, _ in outputs], 1), torch.cat([embedding for _, embedding in outputs], 1)


def _mono(waveform: Tensor, sample_rate: int) -> Tensor:
    """[C, N] -> mean of the channels [M] at 16 kHz. Raises BadAudioError if a sample is not finite."""
    mono = waveform.mean(0).numpy()
    if not np.isfinite(mono).all():
        raise BadAudioError("The audio has samples that are not finite numbers", "Decode or convert the file again.")
    return torch.from_numpy(soxr.resample(mono, sample_rate, musicnn.SAMPLE_RATE, quality="HQ").astype(np.float32))
