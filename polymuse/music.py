"""Domain types: kinds of tracks, names of stems, levels, tags, segments, measurements."""

import re
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

SLUG = re.compile(r"[a-z0-9_-]+")  # of a tag


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
class Measurements:
    """What is computed from the samples of a track, without a network. Nothing in it is NaN or infinite."""

    bpm: float | None  # beats per minute; None: no pulse was found
    bpm_confidence: float  # 0 to 1: how likely `bpm` is within 4 % of what people tap
    bpm_other: float | None  # the other metrical level, mostly half or double
    first_beat: float | None  # seconds from the start of the track
    key: str  # one of KEYS, or "": not known
    key_confidence: float  # 0 to 1: how likely `key` is right
    loudness: float | None  # LUFS, integrated after EBU R128; None: silence
    loudness_range: float | None  # LU
    true_peak: float | None  # dBTP
    energy: float | None  # 0 to 1
    version: int  # of the algorithms; 0: not measured


MEASURING_VERSION = 1  # of the algorithms in models/measuring: what an older one has measured is measured again
MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # by the pitch class of the tonic
MINOR_KEYS = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
KEYS = (*MAJOR_KEYS, *MINOR_KEYS)  # as they are spelt in most tags


@dataclass(frozen=True, slots=True)
class Segment:
    """A time range of a waveform and its embedding."""

    start: float  # seconds from the start of the waveform
    end: float
    vector: "np.ndarray"  # [dim] float32, L2-normalised
