"""CLaMP 3 (Wu et al., ACL 2025): text, audio and scores in one space.

Every vector equals that of the official code up to rounding. The parts load when they are first used: a text needs
the tokenizer and the text tower, a waveform MERT and the audio tower, a score the symbolic tower.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from models.clamp3.checkpoint import (
    AUDIO_FILE,
    TEXT_FILE,
    map_audio,
    map_mert,
    map_symbolic,
    map_text,
    mert_file,
    tower_file,
)
from models.clamp3.mert import Mert, preprocess
from models.clamp3.parameters import Parameters
from models.clamp3.scores.patches import patches
from models.clamp3.tokenizer import VOCABULARY, XlmrTokenizer
from models.clamp3.tower import AudioTower, SymbolicTower, TextTower
from models.runtime.device import choose_device
from models.runtime.lazy import Lazy
from models.runtime.precision import Precision, choose_precision
from polymuse.errors import UnavailableError


class Clamp3:
    """Computes CLaMP 3 vectors. They are float32 on the CPU, whatever the device and the precision."""

    def __init__(
        self, checkpoint: Path, mert_path: Path, tokenizer: Path, device: torch.device, precision: Precision
    ) -> None:
        def parameters(tensors: Mapping[str, Tensor]) -> Parameters:
            return Parameters(tensors, device, precision)

        self._checkpoint = checkpoint
        self._tokenizer_path = tokenizer
        self._tokenizer = Lazy(self._load_tokenizer)
        self._text_tower = Lazy(lambda: TextTower(parameters(map_text(checkpoint))))
        self._audio_tower = Lazy(lambda: AudioTower(parameters(map_audio(checkpoint))))
        self._symbolic_tower = Lazy(lambda: SymbolicTower(parameters(map_symbolic(checkpoint))))
        self._mert = Lazy(lambda: Mert(parameters(map_mert(mert_path))))
        self.device = device
        self.precision = precision

    @classmethod
    def load(
        cls, checkpoint: Path, mert: Path, tokenizer: Path, device: str = "cpu", precision: str = Precision.FLOAT32
    ) -> "Clamp3":
        """Loads the official files, or the ones that `models.clamp3.checkpoint.convert` wrote.

        `checkpoint` is the official file or the directory of converted files, `mert` a file or its folder,
        `tokenizer` a `tokenizer.json` or its folder. Checkpoints of other sizes load too: sizes are read from the
        tensors. `device` is auto, cpu, cuda or cuda:n; `precision` auto, float32, tf32, fp16 or bf16.
        Raises UserError for another device or precision, UnavailableError for missing files. Damaged files raise
        UnavailableError at first use.
        """
        for name in (TEXT_FILE, AUDIO_FILE):
            tower_file(checkpoint, name)
        if not tokenizer.exists():
            raise UnavailableError(f"There is no file {tokenizer}", "Run `polymuse models pull clamp3`")
        where = choose_device(device)
        return cls(checkpoint, mert_file(mert), tokenizer, where, choose_precision(precision, where))

    @cached_property
    def dim(self) -> int:
        """Length of the vectors: 768 for the official checkpoint. Reads no parameters."""
        return len(map_text(self._checkpoint)["text_proj.bias"])

    def embed_text(self, texts: Sequence[str], normalize: bool = True) -> Tensor:
        """[n, dim]. Repeated lines of a text count once, where they first occur.

        Raises UserError for a text that is blank.
        """
        texts = [texts] if isinstance(texts, str) else texts
        tokenizer = self._tokenizer.get()
        ids = [torch.tensor(tokenizer.encode(text)) for text in texts]
        return _finish(self._text_tower.get().embed(ids), normalize)

    def embed_ids(self, ids: Sequence[int] | Tensor, normalize: bool = True) -> Tensor:
        """Token ids [n] with special tokens -> [dim]. Raises ValueError for ids outside the vocabulary."""
        tokens = torch.as_tensor(ids, dtype=torch.int64).reshape(-1)
        tower = self._text_tower.get()
        if not len(tokens) or tokens.min() < 0 or tokens.max() >= tower.vocabulary:
            raise ValueError(f"expected at least one id from 0 to {tower.vocabulary - 1}")
        return _finish(tower.embed([tokens]), normalize)[0]

    def embed_audio(self, waveform: Tensor, sample_rate: int, normalize: bool = True) -> Tensor:
        """Waveform [C, N] float32 of any scale -> [dim].

        Raises BadAudioError for less than a second and for samples that are not finite.
        """
        return self.embed_rows(self.mert_rows(waveform, sample_rate), normalize)

    def mert_rows(self, waveform: Tensor, sample_rate: int) -> Tensor:
        """Waveform [C, N] float32 of any scale -> [W, H] float32, a row for every 5 s. Raises as `embed_audio`."""
        return self.mert_rows_of([waveform], sample_rate)[0]

    def mert_rows_of(self, waveforms: Sequence[Tensor], sample_rate: int) -> list[Tensor]:
        """`mert_rows` for several waveforms, such as the stems of a track; their windows share batches."""
        Precision.FLOAT32.apply()  # samples are resampled by a convolution
        return self._mert.get().rows([preprocess(waveform, sample_rate) for waveform in waveforms])

    def embed_rows(self, rows: Tensor, normalize: bool = True) -> Tensor:
        """MERT rows [W, H] of a track or a segment -> [dim]."""
        return self.embed_rows_of([rows], normalize)[0]

    def embed_rows_of(self, sequences: Sequence[Tensor], normalize: bool = True) -> Tensor:
        """n sequences [W, H] -> [n, dim]. As in the reference, a row of zeros is added before and after each."""
        framed = [functional.pad(rows, (0, 0, 1, 1)) for rows in sequences]
        return _finish(self._audio_tower.get().embed(framed), normalize)

    def embed_symbolic(self, text: str, normalize: bool = True) -> Tensor:
        """A score as text, as `read_score` returns it or of another origin -> [dim].

        Raises BadScoreError for an empty text, UnavailableError if the symbolic tower is missing.
        """
        return self.embed_patches(torch.from_numpy(patches(text).copy()), normalize)

    def embed_patches(self, sequence: Tensor, normalize: bool = True) -> Tensor:
        """Patches [n, 64] uint8 of a score -> [dim]."""
        return _finish(self._symbolic_tower.get().embed([sequence]), normalize)[0]

    def _load_tokenizer(self) -> XlmrTokenizer:
        tokenizer = XlmrTokenizer(self._tokenizer_path)
        known = self._text_tower.get().vocabulary
        if tokenizer.size > known or (known == VOCABULARY and tokenizer.size != known):
            raise UnavailableError(
                f"{tokenizer.path} has {tokenizer.size} pieces, but the text tower knows {known}",
                "Take tokenizer.json from FacebookAI/xlm-roberta-base",
            )
        return tokenizer


def _finish(vectors: Tensor, normalize: bool) -> Tensor:
    return functional.normalize(vectors, dim=-1) if normalize else vectors
