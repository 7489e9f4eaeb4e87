"""Which tracks are versions of one song, and whose tracks they are."""

import re

from catalog.engine import Payload
from catalog.keys import fold
from catalog.planning import VARIOUS_ARTISTS

SAME_RECORDING = 0.995  # cosine of two vectors of one stem; `catalog.ranking` explains the number

_VERSION = (
    r"\b(?:re-?master(?:ed|izado|isé)?|live|mono|stereo|version|versión|versão|edit|re-?mix(?:ed)?|demo|acoustic|bonus|single|"
    r"radio|instrumental|karaoke|alternat(?:e|ive)|outtake|explicit|deluxe|extended|unplugged|"
    r"en vivo|ao vivo|en directo|dal vivo|en concert|现场|現場|ライブ)\b"
)
_BRACKETED = re.compile(rf"\s*[(\[{{（【][^)\]}}）】]*{_VERSION}[^)\]}}）】]*[)\]}}）】]", re.IGNORECASE)
_SUFFIX = re.compile(rf"\s+[-–—]\s+[^-–—]*{_VERSION}.*$", re.IGNORECASE | re.DOTALL)
_GUEST = re.compile(
    r"\s*(?:[(\[]\s*(?:feat|ft|featuring)\b[^)\]]*[)\]]|\s(?:feat|ft|featuring)\b\.?\s.*$)", re.IGNORECASE
)
_LONGEST = 300  # characters of a title that are read


def song_key(payload: Payload) -> str:
    """The same for versions of a song: its artist and title, without what sets versions apart; "" if one is unknown."""
    title, artist = payload.get("title", "")[:_LONGEST], payload.get("artist", "")[:_LONGEST]
    if not title or not artist:
        return ""
    bare = fold(_SUFFIX.sub("", _GUEST.sub("", _BRACKETED.sub("", title)))) or fold(title)
    return f"{fold(_GUEST.sub('', artist))}\0{bare}"


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
