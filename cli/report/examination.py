"""Detailed analysis of one track: full-length stems, their outlines, and tags over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from torch import Tensor

from models.analysis import Analysis
from models.analyzer import Analyzer, TrackUnderWay, naming
from models.audio.write import write_stems
from models.embedder import Passage
from models.passages import FLOOR_DB as SILENCE_DB
from models.passages import SAMPLE_RATE, join_passages, level_db, stem_info
from models.tagging.tagger import Tagger
from polymuse.music import MIX, Segment

OUTLINE_BINS = 400  # of a waveform; about the number of columns on a page
MIN_GAP = 3.0  # seconds between two passages; shorter gaps are skipped
MIN_PEAK_DB = -120.0  # reported for a peak of 0


@dataclass(frozen=True, slots=True)
class Outline:
    """A waveform in OUTLINE_BINS steps of equal length (fewer if it has fewer samples)."""

    peak: np.ndarray  # [bins] float32, maximum magnitude of any channel, 1 is full scale
    rms: np.ndarray  # [bins] float32, over all channels


@dataclass(frozen=True, slots=True)
class Sound:
    """Levels and outline of the mix or a stem over its full length."""

    level_db: float  # RMS relative to full scale
    peak_db: float
    outline: Outline


@dataclass(frozen=True, slots=True)
class Moment:
    """A part of the track and the confidence of each tag in it."""

    start: float  # seconds
    end: float
    confidences: Mapping[str, float]  # slug -> 0 to 1


@dataclass(frozen=True, slots=True)
class Examination:
    """The results that a report is made from."""

    analysis: Analysis
    sounds: Mapping[str, Sound]  # the mix first, then the stems
    moments: tuple[Moment, ...]  # sorted by start; none where the track is silent
    stem_files: Mapping[str, Path]


Say = Callable[[str], None]


def examine(analyzer: Analyzer, tagger: Tagger, path: Path, directory: Path, say: Say) -> Examination:
    """Separate a whole file, write its stems below `directory`, and embed, measure and tag all of it.

    Vectors and tags of the track are those that indexing computes, except that stems are separated from the whole
    track instead of excerpts. `tagger` gives the confidences of the moments; `say` is called with a line for each step.
    Raises BadAudioError, and OSError if writing fails.
    """
    say("Decoding")
    track = analyzer.decode(path)
    with naming(path):
        stems, files = {}, {}
        if analyzer.separator is not None:
            say(f"Separating {track.decoded.seconds:.0f} s into {', '.join(analyzer.separator.stems)}")
            separated = analyzer.separator.separate(track.mix)
            stems = {name: separated[name] for name in analyzer.stems}
            files = {name: stem.path for name, stem in write_stems(stems, directory, SAMPLE_RATE).items()}
        track.excerpts = analyzer.excerpts(track, stems)
        say("Embedding")
        [track] = analyzer.embed_tracks([track])
        say("Measuring tempo, key and loudness")
        analyzer.measure(track)
        analysis = analyzer.tag(track)
        whole = {MIX: track.mix, **stems}
        moments = _moments(analyzer, tagger, track, analysis.segments, whole)
    sounds = {name: Sound(level_db(wave), _peak_db(wave), outline(wave)) for name, wave in whole.items()}
    return Examination(analysis, sounds, moments, files)


def outline(waveform: Tensor, bins: int = OUTLINE_BINS) -> Outline:
    """The outline of a waveform [C, N] with N >= 1."""
    samples = waveform.numpy()
    starts = np.unique(np.linspace(0, samples.shape[1], min(bins, samples.shape[1]), endpoint=False).astype(np.int64))
    peak = np.maximum.reduceat(np.abs(samples).max(0), starts)
    lengths = np.diff([*starts, samples.shape[1]])
    mean_square = np.add.reduceat(np.square(samples, dtype=np.float64).mean(0), starts) / lengths
    return Outline(peak.astype(np.float32), np.sqrt(mean_square).astype(np.float32))


def gaps(passages: Sequence[Passage], seconds: float, window: float) -> list[Passage]:
    """The gaps between the passages of a track, cut into equal windows of about `window` seconds."""
    edges = [0.0, *(edge for passage in passages for edge in (passage.start, passage.end)), seconds]
    windows = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= MIN_GAP:
            count = max(1, round((end - start) / window))
            cuts = np.linspace(start, end, count + 1)
            windows += [Passage(float(a), float(b)) for a, b in pairwise(cuts)]
    return windows


def _moments(
    analyzer: Analyzer,
    tagger: Tagger,
    track: TrackUnderWay,
    segments: Sequence[Segment],
    whole: Mapping[str, Tensor],
) -> tuple[Moment, ...]:
    """One moment per segment, and per window of the gaps between passages, which are embedded here."""
    spans = [Passage(segment.start, segment.end) for segment in segments]
    vectors = [
        {name: embedding.segments[i].vector for name, embedding in track.embeddings.items()}
        for i in range(len(segments))
    ]
    window = float(np.mean([segment.end - segment.start for segment in track.embeddings[MIX].segments]))
    for gap in gaps(analyzer.passages(track), track.decoded.seconds, window):
        parts = {name: join_passages(waveform, [gap]) for name, waveform in whole.items()}
        spans.append(gap)
        vectors.append({name: embedding.vector for name, embedding in analyzer.embed(parts).items()})
    moments = [_moment(tagger, whole, span, found) for span, found in zip(spans, vectors, strict=True)]
    return tuple(sorted((moment for moment in moments if moment is not None), key=lambda moment: moment.start))


def _moment(
    tagger: Tagger, whole: Mapping[str, Tensor], span: Passage, vectors: Mapping[str, np.ndarray]
) -> Moment | None:
    """The moment of a span; None if the mix is silent there."""
    levels = {name: level_db(join_passages(waveform, [span])) for name, waveform in whole.items()}
    if levels[MIX] <= SILENCE_DB:
        return None
    present = {name: v for name, v in vectors.items() if name == MIX or stem_info(levels[name], levels[MIX]).present}
    return Moment(span.start, span.end, tagger.confidences(present, levels))


def _peak_db(waveform: Tensor) -> float:
    peak = float(waveform.abs().max())
    return 20 * float(np.log10(peak)) if peak > 10 ** (MIN_PEAK_DB / 20) else MIN_PEAK_DB
