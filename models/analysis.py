"""What the networks say about one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from polymuse.music import Segment, StemInfo, Tag


@dataclass(frozen=True, slots=True)
class Analysis:
    """Vectors, levels and tags of one file."""

    seconds: float  # decoded
    codec: str
    vectors: Mapping[str, np.ndarray]  # "mix" and the stems that are present -> [dim] float32, L2-normalised
    stems: Mapping[str, StemInfo]
    tags: tuple[Tag, ...]
    remarks: tuple[str, ...]  # what people should know: damaged packets, cut at the longest duration
    segments: tuple[Segment, ...] = ()  # stretches of the mix, in seconds of the track
    capped: bool = False  # whether the file goes on after `seconds`
    busy: Mapping[str, float] = field(default_factory=dict)  # stage -> seconds of work that this track took
