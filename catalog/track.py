"""Tracks as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from catalog.marks import NO_MARKS, Marks
from polymuse.music import AUDIO, SCORE, Measurements, Segment, StemInfo, Tag, TrackKind
from polymuse.musical_keys import Key, parse_key

if TYPE_CHECKING:
    import numpy as np

MIN_BPM, MAX_BPM = 10.0, 1000.0  # of a file tag that counts as a tempo: many have 0 for "unknown"
Source = Literal["file", "measured", ""]  # of a tempo or key: the file tag, the waveform, or there is none


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a track, with size and time to detect changes."""

    path: str  # absolute; bytes that are not UTF-8 as surrogate escapes
    size: int  # bytes
    mtime_ns: int
    ctime_ns: int = 0  # time of the last change of content or attributes; 0: unknown
    device: int = 0  # st_dev of its file system; 0: unknown


@dataclass(frozen=True, slots=True)
class Track:
    """One piece of music, which may have several files."""

    id: str  # uuid5 of the hash of the compressed audio packets, or of the bytes of a score
    files: tuple[FileRef, ...]
    title: str
    duration: float  # seconds; of the whole file, also if only its start was analysed
    format: str  # codec name, e.g. "vorbis"; of a score "midi", "abc" or "musicxml"
    artist: str = ""
    album: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    stems: Mapping[str, StemInfo] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)  # role -> fingerprint: {"embedder": ..., "separator": ...}
    indexed_at: str = ""  # ISO 8601, UTC; of the latest analysis
    added_before: str = ""  # ISO 8601, UTC: when it first came into the library, if that was before `indexed_at`
    missing_since: str = ""  # ISO 8601, UTC, if none of its files can be found; "" if one can
    kind: TrackKind = AUDIO  # a score has a duration of 0, and neither stems nor tags nor segments
    titled_by_file: bool = False  # whether the title of a score is the name of its file, as it names none itself
    # From file tags
    artists: tuple[str, ...] = ()  # each of them alone; `artist`, the text that is shown, if there are no others
    album_artist: str = ""
    track_number: int | None = None
    disc_number: int | None = None
    original_year: int | None = None  # of the first release of the recording
    compilation: bool = False
    composers: tuple[str, ...] = ()
    label: str = ""
    isrcs: tuple[str, ...] = ()
    musicbrainz: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "recording", "release", ... -> ids
    tag_bpm: float | None = None  # beats per minute
    tag_key: str = ""  # musical key, as written
    replay_gain: Mapping[str, float] = field(
        default_factory=dict
    )  # "track_gain_db", "track_peak", "album_gain_db", ...
    lyrics: str = ""  # may have the time stamps of LRC
    comment: str = ""
    tags_version: int = 0  # of the reader that read the file tags; 0: before versions
    measured: Measurements | None = None  # in the waveform; None: not measured yet, or a score
    marks: Marks = NO_MARKS  # of people; storing a track that is there keeps those that it has

    def __post_init__(self) -> None:
        if self.artist and not self.artists:
            object.__setattr__(self, "artists", (self.artist,))  # the class is frozen

    @property
    def added(self) -> str:
        """When it first came into the library, ISO 8601, UTC; another analysis does not change it."""
        return self.added_before or self.indexed_at

    @property
    def right_tags(self) -> tuple[Tag, ...]:
        """The tags without those that people have said are wrong: what is shown and found."""
        wrong = self.marks.wrong_tags
        return tuple(tag for tag in self.tags if tag.slug not in wrong) if wrong else self.tags

    @property
    def favourite_since(self) -> str:
        return self.marks.favourite_since

    @property
    def hidden_since(self) -> str:
        return self.marks.hidden_since

    @property
    def plays(self) -> int:
        return self.marks.plays

    @property
    def last_played(self) -> str:
        return self.marks.last_played

    @property
    def credit(self) -> str:
        """Whose a track is, for people: of a score, its composers."""
        return ", ".join(self.composers) if self.kind == SCORE else self.artist

    @property
    def bpm(self) -> float | None:
        """Beats per minute: of the file tag if it has a tempo, or measured."""
        if self._tagged_bpm is not None:
            return self._tagged_bpm
        return None if self.measured is None else self.measured.bpm

    @property
    def bpm_source(self) -> Source:
        if self._tagged_bpm is not None:
            return "file"
        return "" if self.bpm is None else "measured"

    @property
    def key(self) -> str:
        """The musical key by its usual name, such as "F#m": of the file tag if it has a key, or measured."""
        return "" if self._key is None else self._key.name

    @property
    def key_source(self) -> Source:
        if parse_key(self.tag_key) is not None:
            return "file"
        return "" if self._key is None else "measured"

    @property
    def camelot(self) -> str:
        """The Camelot code of the key, such as "11A"."""
        return "" if self._key is None else self._key.camelot

    @property
    def loudness(self) -> float | None:
        """Integrated loudness in LUFS."""
        return None if self.measured is None else self.measured.loudness

    @property
    def energy(self) -> float | None:
        """From 0 to 1."""
        return None if self.measured is None else self.measured.energy

    @property
    def _tagged_bpm(self) -> float | None:
        tagged = self.tag_bpm
        return tagged if tagged is not None and MIN_BPM <= tagged <= MAX_BPM else None

    @property
    def _key(self) -> Key | None:
        return parse_key(self.tag_key) or parse_key("" if self.measured is None else self.measured.key)


@dataclass(frozen=True, slots=True)
class Entry:
    """A track with its vectors, to be stored."""

    track: Track
    vectors: Mapping[str, np.ndarray]  # "mix" and stem names -> [dim] float32, L2-normalised
    segments: tuple[Segment, ...] = ()  # without segments a track has no moments
