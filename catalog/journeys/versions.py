"""Which tracks are versions of one song, and whose tracks they are."""

from catalog.engine import Payload
from catalog.keys import fold
from catalog.planning import VARIOUS_ARTISTS
from catalog.songs.titles import read_title, without_guests

SAME_RECORDING = 0.995  # cosine of two vectors of one stem; `catalog.ranking` explains the number


def song_key(payload: Payload) -> str:
    """The same for versions of a song: its artist and title, without what sets versions apart; "" if one is unknown."""
    title, artist = payload.get("title", ""), without_guests(payload.get("artist", ""))
    return f"{artist}\0{read_title(title).bare_key}" if title and artist else ""


def artist_keys(payload: Payload) -> tuple[str, ...]:
    """Each artist of a track; none if it has none, or various."""
    names = (fold(name) for name in payload.get("artists") or [payload.get("artist", "")])
    return tuple(dict.fromkeys(name for name in names if name and name not in VARIOUS_ARTISTS))


def album_key(payload: Payload) -> str:
    """The album of a track with whose it is, because many are called "Greatest Hits"; "" without one."""
    title = fold(payload.get("album", ""))
    if not title:
        return ""
    whose = payload.get("album_artist", "") or ("" if payload.get("compilation") else payload.get("artist", ""))
    return f"{fold(whose)}\0{title}"
