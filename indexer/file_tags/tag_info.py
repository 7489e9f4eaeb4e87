"""The tags of a file, as they are stored with its track."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

# Of what is read from a file and how; raise it so that the tags of stored tracks are read again. 2: and some tracks are
# analysed again, see indexer/redecoding.py
TAGS_VERSION = 2


@dataclass(frozen=True, slots=True)
class TagInfo:
    """Tags, cleaned for display. Missing ones are empty."""

    title: str  # the file name without extension if there is no title
    artist: str = ""  # as shown, such as "Queen & David Bowie"
    album: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()  # each artist, such as ("Queen", "David Bowie")
    album_artist: str = ""
    track_number: int | None = None
    disc_number: int | None = None
    original_year: int | None = None  # of the first release
    compilation: bool = False
    composers: tuple[str, ...] = ()
    label: str = ""
    isrcs: tuple[str, ...] = ()
    # kind -> MusicBrainz ids; the kinds are recording, track, release, release_group, artist, album_artist and work
    musicbrainz: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tag_bpm: float | None = None  # beats per minute
    tag_key: str = ""  # musical key, such as "Am"
    # track_gain_db, track_peak, album_gain_db, album_peak; gains relative to -18 LUFS, peaks relative to full scale
    replay_gain: Mapping[str, float] = field(default_factory=dict)
    lyrics: str = ""  # several lines; with time stamps as in LRC files if there are any
    comment: str = ""

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of a `Track` that come from file tags, and the version of their reader."""
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"tags_version": TAGS_VERSION}
