"""A song as another player or server names it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SongReference:
    """What is known of a song elsewhere; whatever is not known is empty. Anyone may have written it."""

    title: str = ""
    artists: tuple[str, ...] = ()  # each of them, or one text that names them all: "Kai & Ada Q"
    album: str = ""
    duration: float | None = None  # seconds
    mbid: str = ""  # of the recording at MusicBrainz
    isrc: str = ""
    id: str = ""  # what the other server calls it
    server: str = ""  # under which such ids are remembered: "navidrome", "jellyfin", or the user's name for a server
    path: str = ""  # as that server sees it: absolute, or a file URL
