"""What another server calls the songs of a library, and which songs it means by its ids.

Ids are known that the server was asked for or has sent (`catalog.songs.resolving.learn`), and those of Jellyfin are
computed besides.
"""

from collections.abc import Iterable, Sequence

from catalog.catalog import Catalog
from catalog.songs.reference import SongReference
from catalog.songs.resolving import foreign_id, resolve
from catalog.track import Track
from catalog.validation import is_track_id
from players.jellyfin_ids import jellyfin_id, jellyfin_rule, jellyfin_tracks

JELLYFIN, AMPACHE = "jellyfin", "ampache"
BY_NAME = ("navidrome",)  # servers that look for the title and artist of a song whose id they do not know
SUBSONIC_SONG = "so-"  # how Ampache begins the id of a song for clients of Subsonic, which it calls by a number itself
MAX_ID = 200  # characters; longer ones are nobody's


class ServerIds:
    """The ids of one server."""

    def __init__(self, catalog: Catalog, server: str, jellyfin_folders: Sequence[tuple[str, str]] = ()) -> None:
        """`server` is the name under which its ids are remembered.

        `jellyfin_folders` are pairs of (folder of the library, the same folder as Jellyfin sees it).
        """
        self._catalog = catalog
        self._server = server
        self._rule = jellyfin_rule(jellyfin_folders)

    def find(self, ids: Iterable[str]) -> dict[str, Track]:
        """{id: track} for those that are known: ids of the server, and those of the library itself."""
        asked = [each for each in dict.fromkeys(ids) if 0 < len(each) <= MAX_ID]
        own = {track.id: track for track in self._catalog.known([each for each in asked if is_track_id(each)])}
        found = {each: own[each] for each in asked if each in own}
        found |= self._learnt([each for each in asked if each not in found])
        left = [each for each in asked if each not in found]
        if self._server == JELLYFIN and left:
            found |= jellyfin_tracks(self._rule, left, self._catalog)
        return {each: track for each, track in found.items() if not track.missing_since}

    def of(self, track: Track) -> str:
        """What the server calls a track; "" if that is not known, and the server finds songs by ids only."""
        learnt = foreign_id(track, self._server)
        if learnt:
            return learnt
        if self._server == JELLYFIN:
            return jellyfin_id(self._rule, track)
        return track.id if self._server in BY_NAME else ""

    def _learnt(self, ids: Sequence[str]) -> dict[str, Track]:
        asked = [(each, spelling) for each in ids for spelling in self._spellings(each)]
        resolved = resolve([SongReference(id=spelling, server=self._server) for _, spelling in asked], self._catalog)
        pairs = zip(asked, resolved, strict=True)
        return {each: it.track for (each, _), it in pairs if it.track is not None and it.how == "id"}

    def _spellings(self, id_: str) -> tuple[str, ...]:
        if self._server == JELLYFIN:
            return (id_.replace("-", "").lower(),)
        if self._server == AMPACHE:
            bare = id_.removeprefix(SUBSONIC_SONG)
            return bare, SUBSONIC_SONG + bare
        return (id_,)
