"""Tracks as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from polymuse.music import Segment, StemInfo, Tag

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a track, with size and time to detect changes."""

    path: str  # absolute; bytes that are not UTF-8 as surrogate escapes
    size: int  # bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Track:
    """One piece of music, which may have several files."""

    id: str  # uuid5 of the hash of the compressed audio packets
    files: tuple[FileRef, ...]
    title: str
    duration: float  # seconds that were decoded
    format: str  # codec name, e.g. "vorbis"
    artist: str = ""
    album: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    stems: Mapping[str, StemInfo] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)  # role -> fingerprint: {"embedder": ..., "separator": ...}
    indexed_at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Entry:
    """A track with its vectors, to be stored."""

    track: Track
    vectors: Mapping[str, np.ndarray]  # "mix" and stem names -> [dim] float32, L2-normalised
    segments: tuple[Segment, ...] = ()  # without segments a track has no moments
