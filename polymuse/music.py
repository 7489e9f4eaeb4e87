"""Domain types: kinds of tracks, names of stems, levels, tags, segments."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:  # the command line imports this module, and starts without numpy
    import numpy as np

TrackKind = Literal["audio", "score"]
TRACK_KINDS: tuple[TrackKind, ...] = get_args(TrackKind)
AUDIO: TrackKind = "audio"  # a recording
SCORE: TrackKind = "score"  # notes: MIDI, ABC or MusicXML

MIX = "mix"  # the name under which the unseparated track is embedded
VOCALS = "vocals"
INSTRUMENTAL = "instrumental"  # the mix without its vocals
DRUMS = "drums"
BASS = "bass"
OTHER = "other"  # the mix without vocals, drums and bass
STEMS = (VOCALS, INSTRUMENTAL, DRUMS, BASS, OTHER)  # of the shipped separators; others may have more


@dataclass(frozen=True, slots=True)
class StemInfo:
    """The level of a stem. A stem that is not present is silent and has no vector."""

    level_db: float  # RMS relative to full scale
    present: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """One descriptor that applies to a track."""

    slug: str
    category: str  # mood, genre, instruments or texture
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A time range of a waveform and its embedding."""

    start: float  # seconds from the start of the waveform
    end: float
    vector: "np.ndarray"  # [dim] float32, L2-normalised
