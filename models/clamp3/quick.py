"""CLaMP 3 on quick excerpts: of a long track only a minute is separated and embedded, in evenly spread passages.

A library records in its fingerprint that it is made so; its vectors do not mix with those of whole tracks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.clamp3.clamp3 import Clamp3
from models.clamp3.embedder import Clamp3Embedder
from models.clamp3.mert import WINDOW_SECONDS
from models.embedder import AudioEmbedding, Embedder, Passage
from models.weights.fingerprint import fingerprint_of_texts
from polymuse.excerpts import quick_fingerprint

ALGORITHM = "quick/1"  # incremented with every change of the passages or of what is made of them
PASSAGES = 4
PASSAGE_ROWS = 3  # windows of MERT
PASSAGE_SECONDS = PASSAGE_ROWS * WINDOW_SECONDS  # 15; a separator needs context around each, so few long ones are cheap
EXCERPT_SECONDS = PASSAGES * PASSAGE_SECONDS  # 60
MIN_RANKED = 3  # tracks, for each of which there are two others in some order


class QuickClamp3Embedder(Clamp3Embedder):
    """Implements `models.embedder.Embedder`. Texts and scores are embedded as by `Clamp3Embedder`."""

    def __init__(self, network: Clamp3, fingerprint: str, *, fell_back: bool = False) -> None:
        """`fingerprint`: that of the vectors of whole tracks."""
        marked = quick_fingerprint(fingerprint_of_texts(ALGORITHM, fingerprint))
        super().__init__(network, marked, fell_back=fell_back)

    def passages(self, seconds: float) -> list[Passage]:
        """The passages that are embedded, see `choose_passages`."""
        return choose_passages(seconds)

    def embed_audio(self, waveforms: Sequence[Tensor], sample_rate: int) -> list[AudioEmbedding]:
        """Each waveform [C, N] float32 -> one AudioEmbedding with a segment per passage, also for silence.

        A track under a minute is embedded whole, with segments of 15 s, the last one aligned to its end. Raises
        BadAudioError under 1 s or with samples that are not finite.
        """
        passages = [choose_passages(waveform.shape[-1] / sample_rate) for waveform in waveforms]
        excerpts = [_cut(waveform, own, sample_rate) for waveform, own in zip(waveforms, passages, strict=True)]
        found = super().embed_audio(excerpts, sample_rate)
        return [_in_track(each, own) for each, own in zip(found, passages, strict=True)]

    def segment_rows(self, rows: int) -> list[tuple[int, int]]:
        """[first, last) rows of the segments of an excerpt: those of its passages."""
        if rows <= PASSAGE_ROWS:
            return [(0, rows)]
        starts = [*range(0, rows - PASSAGE_ROWS, PASSAGE_ROWS), rows - PASSAGE_ROWS]
        return [(start, start + PASSAGE_ROWS) for start in starts]


def choose_passages(seconds: float) -> list[Passage]:
    """Four passages of 15 s, evenly spread, that start at whole seconds; the whole track if it is shorter than 60 s."""
    if seconds < EXCERPT_SECONDS:
        return [Passage(0.0, seconds)]
    gap = (seconds - EXCERPT_SECONDS) / (PASSAGES + 1)  # before, between and after the passages
    starts = [float(math.floor(gap * (n + 1)) + n * PASSAGE_SECONDS) for n in range(PASSAGES)]
    return [Passage(start, start + PASSAGE_SECONDS) for start in starts]


def _cut(waveform: Tensor, passages: Sequence[Passage], sample_rate: int) -> Tensor:
    if len(passages) == 1:
        return waveform
    samples = PASSAGE_SECONDS * sample_rate
    starts = (round(passage.start * sample_rate) for passage in passages)
    return torch.cat([waveform[:, start : start + samples] for start in starts], dim=1)


def _in_track(embedding: AudioEmbedding, passages: Sequence[Passage]) -> AudioEmbedding:
    """With the times of the segments in the track; those of a cut track are one per passage."""
    if len(passages) == 1:
        return embedding
    placed = (
        replace(segment, start=passage.start, end=passage.end)
        for segment, passage in zip(embedding.segments, passages, strict=True)
    )
    return replace(embedding, segments=tuple(placed))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well vectors of quick excerpts stand for those of whole tracks, over a set of tracks.

    Of fewer than three tracks there is no ranking to compare. It means something from some dozens on.
    """

    tracks: int
    mean_cosine: float  # of the two vectors of a track
    worst_cosine: float
    nearest: int = 0
    recall: float | None = None  # share of the `nearest` by whole tracks that are so by excerpts; mean over tracks
    rank_correlation: float | None = None  # Spearman's, of the order of all other tracks; mean over tracks


def agreement(full: Embedder, quick: Embedder, waveforms: Sequence[Tensor], sample_rate: int) -> Agreement:
    """Embeds each waveform [C, N] float32 with both embedders and compares the vectors and the rankings by them.

    For `polymuse models check`, on real weights. Only tracks beyond a minute differ. Raises ValueError without a
    waveform, BadAudioError as `embed_audio`.
    """
    whole, parts = (
        np.stack([embedder.embed_audio([waveform], sample_rate)[0].vector for waveform in waveforms])
        for embedder in (full, quick)
    )
    return compare(whole, parts)


def compare(whole: np.ndarray, parts: np.ndarray, nearest: int = 10) -> Agreement:
    """The agreement of vectors [n, dim] of norm 1 of whole tracks with those of their excerpts."""
    cosines = (whole * parts).sum(axis=1)
    found = Agreement(len(whole), float(cosines.mean()), float(cosines.min()))
    if len(whole) < MIN_RANKED:
        return found
    nearest = min(nearest, len(whole) - 2)  # of all but the track itself, recall would be 1
    ranked, ranked_by_parts = (_others_by_similarity(vectors) for vectors in (whole, parts))
    pairs = list(zip(ranked, ranked_by_parts, strict=True))
    recall = float(np.mean([len({*a[:nearest]} & {*b[:nearest]}) / nearest for a, b in pairs]))
    correlation = float(np.mean([_spearman(a, b) for a, b in pairs]))
    return replace(found, nearest=nearest, recall=recall, rank_correlation=correlation)


def _others_by_similarity(vectors: np.ndarray) -> list[list[int]]:
    """For each track, the others, the most similar first."""
    orders = np.argsort(-(vectors @ vectors.T), axis=1, kind="stable").tolist()
    return [[other for other in order if other != track] for track, order in enumerate(orders)]


def _spearman(first: Sequence[int], second: Sequence[int]) -> float:
    """Of two orders of the same n items without ties: 1 - 6 * sum(d^2) / (n^3 - n)."""
    places = {item: place for place, item in enumerate(second)}
    total = sum((place - places[item]) ** 2 for place, item in enumerate(first))
    return 1 - 6 * total / (len(first) ** 3 - len(first))
