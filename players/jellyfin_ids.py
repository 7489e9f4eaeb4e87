"""The ids that Jellyfin gives to songs.

Jellyfin makes the id of an item of the path of its file, as it sees it: MD5 of the name of the item's class and the
path in UTF-16, little-endian, read as a .NET Guid (`LibraryManager.GetNewItemId`, `BaseExtensions.GetMD5`). A Guid
prints its first three groups in the opposite order of bytes. So one mapping of folders gives the ids of a whole library
without a question to the server.

Jellyfin shortens paths below its own data folder first, and a server with `EnableCaseSensitiveItemIds` switched off
folds the case of paths: ids of those cannot be computed.
"""

import re
import uuid
from collections.abc import Iterable, Sequence

from catalog.catalog import Catalog
from catalog.path_hashes import PathHash
from catalog.track import Track

SONG = "MediaBrowser.Controller.Entities.Audio.Audio"  # the class of a song
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def jellyfin_rule(mapped: Sequence[tuple[str, str]] = ()) -> PathHash:
    """The rule for songs; `mapped` are pairs of (folder of the library, the same folder as Jellyfin sees it)."""
    return PathHash(SONG, tuple(mapped))


def jellyfin_id(rule: PathHash, track: Track) -> str:
    """32 hexadecimal digits for the first file of a track; "" if Jellyfin could not read its path."""
    digest = rule.of(track.files[0].path) if track.files else ""
    return _swapped(digest) if digest else ""


def jellyfin_tracks(rule: PathHash, ids: Iterable[str], catalog: Catalog) -> dict[str, Track]:
    """{id: track} for those of the ids that are a file of the library; with or without hyphens."""
    digests = {each: _swapped(each.replace("-", "")) for each in ids if _ID.fullmatch(each)}
    found = catalog.find_by_path_hashes(rule, list(dict.fromkeys(digests.values())))
    return {each: found[digest] for each, digest in digests.items() if digest in found}


def _swapped(digits: str) -> str:
    """From the bytes of a Guid to its digits, and back: the same exchange."""
    return uuid.UUID(bytes_le=bytes.fromhex(digits)).hex
