"""The result of analysing one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from polymuse.music import Measurements, Segment, StemInfo, Tag


@dataclass(frozen=True, slots=True)
class Analysis:
    """Vectors, levels, tags and measurements of one file; of a score, one vector."""

    seconds: float  # of decoded audio
    codec: str
    vectors: Mapping[str, np.ndarray]  # "mix" and the stems that are present -> [dim] float32, L2-normalised
    stems: Mapping[str, StemInfo]
    tags: tuple[Tag, ...]
    remarks: tuple[str, ...]  # notes for people: damaged packets, analysed only in part
    segments: tuple[Segment, ...] = ()  # of the mix; times in the track, in seconds
    capped: bool = False  # whether the file is longer than `seconds`
    busy: Mapping[str, float] = field(default_factory=dict)  # stage -> seconds spent on this track
    title: str = ""  # that a score names; the title of audio is among its file tags
    composer: str = ""  # the same
    measured: Measurements | None = None  # None: of a score, or by an analyzer that does not measure
