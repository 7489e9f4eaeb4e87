"""`polymuse` with one more profile, "spectrum", for campaigns of hundreds of runs.

    python benchmarks/quick_indexer.py index FOLDER --profile spectrum

Its embedder is real but small: the energy in 16 bands, nothing to load. Everything around it is what users run.
A waveform that is a square wave of full scale aborts the process that embeds it, as a decoder with a bug would; one
that is constant at full scale kills the whole run, as a file that fills the machine's memory would.
"""

import hashlib
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from cli.start import main
from polymuse.signals import end_on_signals

if __name__ == "__main__":
    end_on_signals()  # before the imports below

import numpy as np

from catalog.store import Space
from models import profiles
from models.embedder import AudioEmbedding, Passage, ScoreEmbedding, TextMeaning
from polymuse.errors import BadScoreError
from polymuse.music import Segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from models.embedder import Embedder
    from models.weights.store import WeightStore

NAME = "spectrum"
CLOCK = "QUICK_INDEXER_CLOCK"  # set in the environment: the time of day jumps by up to ten days at every look
BANDS = 16


class SpectrumEmbedder:
    name = profile = NAME
    dim = BANDS
    fingerprint = hashlib.sha256(b"spectrum 1").hexdigest()
    languages: tuple[str, ...] = ("en",)
    score_suffixes: tuple[str, ...] = ()
    text_version = ""

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in texts]
        return np.stack([_normalised(np.random.default_rng(seed).standard_normal(BANDS)) for seed in seeds])

    def meanings(self, texts: Sequence[str]) -> list[TextMeaning | None]:
        return [None] * len(texts)

    def passages(self, seconds: float) -> list[Passage]:
        return [Passage(0.0, seconds)]

    def embed_audio(self, waveforms: "Sequence[Tensor]", sample_rate: int) -> list[AudioEmbedding]:
        return [self._embed(waveform.numpy(), sample_rate) for waveform in waveforms]

    def embed_score(self, path: Path) -> ScoreEmbedding:
        raise BadScoreError(f"{path} is a score, which this embedder does not read")

    def _embed(self, waveform: np.ndarray, sample_rate: int) -> AudioEmbedding:
        if waveform.min() > 0.99:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)  # ended with its parent
        if np.abs(waveform).min() > 0.99:
            os.abort()
        bands = np.array_split(np.abs(np.fft.rfft(waveform.mean(0)))[: sample_rate // 4], BANDS)
        vector = _normalised(np.log1p([band.sum() for band in bands]) + 1e-3)
        return AudioEmbedding(vector, (Segment(0.0, waveform.shape[1] / sample_rate, vector),))


SPACE = Space(NAME, BANDS, SpectrumEmbedder.fingerprint, NAME)


def _normalised(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class SpectrumProfile(profiles.Profile):
    name = NAME

    def embedder(self, store: "WeightStore", device: str) -> "Embedder":
        return SpectrumEmbedder()


def register() -> None:
    """Also in worker processes, which import this file again."""
    profiles.PROFILES[NAME] = SpectrumProfile()  # type: ignore[index]  # a Mapping to everybody else


def jumping(clock: "Callable[[], float]") -> "Callable[[], float]":
    """The clock with other days; monotonic clocks do not jump."""
    days = random.Random(0)
    return lambda: clock() + days.randint(-10, 10) * 86_400


register()
if os.environ.get(CLOCK):
    time.time = jumping(time.time)

if __name__ == "__main__":
    main()
