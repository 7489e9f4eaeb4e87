"""Jellyfin, and Emby, whose API it began as.

Facts from Jellyfin's API description and Emby's wiki. Jellyfin keeps a song once in a playlist, and replaces all songs
of a playlist in one request (10.9 and newer); Emby does neither.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.songs.reference import SongReference
from catalog.track import Track
from players.http import Client, Fields, PlayerError
from players.server import (
    MAX_PLACE,
    MAX_PLAYLISTS,
    MAX_SONGS,
    RemoteEntry,
    RemotePlaylist,
    as_id,
    as_list,
    as_names,
    as_object,
    as_seconds,
    as_text,
    batches,
)
from polymuse import __version__
from polymuse.errors import UserError

PAGE = 500  # songs of a request
AT_ONCE = 100  # ids of a request: 3,300 bytes of a URL
FOUND = 30  # songs that a title may be
TICK = 1e-7  # seconds; what durations are counted in
NO_SUCH_ROUTE = (404, 405)


class JellyfinServer:
    """Implements `players.server.Server`."""

    def __init__(self, name: str, url: str, user: str, secret: str, *, emby: bool = False) -> None:
        """`user`: whose playlists, needed with an API key. Raises UserError without a secret."""
        if not secret:
            raise UserError(f"There is no secret for {name}", "It needs an API key, from the server's dashboard")
        self.name = name
        self.unique = not emby
        self._emby = emby
        self._wanted = user
        self._user = ""  # its id
        identity = f'MediaBrowser Client="Poly-Muse", Device="Poly-Muse", DeviceId="poly-muse", Version="{__version__}"'
        token = {"X-Emby-Token": secret} if emby else {"Authorization": f'{identity}, Token="{secret}"'}
        if not secret.isascii() or '"' in secret:
            raise UserError(f"The secret of {name} is no API key", "Make one on the server's dashboard")
        self._client = Client(name, url, token, (secret,))

    def __repr__(self) -> str:
        return f"JellyfinServer({self.name!r})"

    def close(self) -> None:
        """As `Server.close`."""
        self._client.close()

    def check(self) -> str:
        """As `Server.check`."""
        found = as_object(self._client.ask("GET", "/System/Info/Public"))
        if not as_text(found.get("Version")):
            raise self._bad("something else than Jellyfin and Emby do")
        self._user_id()
        kind = self._client.shown(as_text(found.get("ProductName")) or ("Emby" if self._emby else "Jellyfin"), 40)
        return f"{kind} {self._client.shown(as_text(found.get('Version')), 40)}"

    def songs(self) -> Iterator[list[SongReference]]:
        """As `Server.songs`."""
        seen: set[str] = set()
        for start in range(0, MAX_SONGS, PAGE):
            page = self._songs(("sortBy", "SortName"), ("startIndex", str(start)), ("limit", str(PAGE)))
            page = [each for each in page if each.id not in seen]
            if not page:
                return
            seen.update(each.id for each in page)
            yield page

    def find(self, track: Track) -> list[SongReference]:
        """As `Server.find`."""
        return self._songs(("searchTerm", track.title), ("limit", str(FOUND))) if track.title else []

    def playlists(self) -> list[RemotePlaylist]:
        """As `Server.playlists`."""
        found = self._items(("includeItemTypes", "Playlist"), ("limit", str(MAX_PLAYLISTS)))
        return [RemotePlaylist(id_, as_text(each.get("Name"))) for each in found if (id_ := as_id(each.get("Id")))]

    def entries(self, playlist: str) -> list[RemoteEntry]:
        """As `Server.entries`."""
        answer = as_object(self._client.ask("GET", f"/Playlists/{_plain(playlist)}/Items", query=self._mine()))
        if not isinstance(answer.get("Items"), list):
            raise self._bad("a playlist without songs")
        return [
            RemoteEntry(as_id(each.get("Id")), as_id(each.get("PlaylistItemId"))) for each in as_list(answer["Items"])
        ]

    def create(self, name: str, songs: Sequence[str]) -> str:
        """As `Server.create`. Without IsPublic, Jellyfin shows it to everybody."""
        first = list(songs[:AT_ONCE])
        if self._emby:
            query = [("Name", name), ("Ids", ",".join(first)), ("MediaType", "Audio"), *self._mine()]
            made = self._client.ask("POST", "/Playlists", query=query)
        else:
            body = {"Name": name, "Ids": first, "UserId": self._user_id(), "MediaType": "Audio", "IsPublic": False}
            made = self._client.ask("POST", "/Playlists", body=body)
        id_ = as_id(as_object(made).get("Id"))
        if not id_:
            raise self._bad("no id of the new playlist")
        return id_

    def append(self, playlist: str, songs: Sequence[str]) -> None:
        """As `Server.append`. Jellyfin leaves out songs that are there already."""
        for some in batches(songs, AT_ONCE):
            query = [("ids", ",".join(some)), *self._mine()]
            self._client.ask("POST", f"/Playlists/{_plain(playlist)}/Items", query=query)

    def cut(self, playlist: str, entries: Sequence[RemoteEntry], first: int, last: int) -> None:
        """As `Server.cut`."""
        ids = [each.entry for each in entries[first:last]]
        if not all(ids):
            raise self._bad("a playlist whose places have no ids")
        for some in batches(ids, AT_ONCE):
            self._client.ask("DELETE", f"/Playlists/{_plain(playlist)}/Items", query=[("entryIds", ",".join(some))])

    def replace(self, playlist: str, name: str, songs: Sequence[str]) -> bool:
        """As `Server.replace`."""
        if self._emby:
            return False
        try:
            body = {"Name": name, "Ids": list(songs), "IsPublic": False}
            self._client.ask("POST", f"/Playlists/{_plain(playlist)}", body=body)
        except PlayerError as error:
            if error.status in NO_SUCH_ROUTE:
                raise PlayerError(
                    f"{self.name} cannot change a playlist", "Update Jellyfin to 10.9 or newer", status=error.status
                ) from None
            raise
        return True

    def rename(self, playlist: str, name: str) -> None:
        """As `Server.rename`; an Emby playlist keeps its name, as that takes its whole record."""
        if not self._emby:
            self._client.ask("POST", f"/Playlists/{_plain(playlist)}", body={"Name": name})

    def _songs(self, *fields: tuple[str, str]) -> list[SongReference]:
        found = self._items(("includeItemTypes", "Audio"), ("fields", "Path,ProviderIds"), *fields)
        return [
            SongReference(
                title=as_text(each.get("Name")),
                artists=as_names(each.get("Artists")) or tuple(filter(None, [as_text(each.get("AlbumArtist"))])),
                album=as_text(each.get("Album")),
                duration=as_seconds(each.get("RunTimeTicks"), TICK),
                mbid=_mbid(as_object(each.get("ProviderIds"))),
                id=id_,
                server=self.name,
                path=as_text(each.get("Path"), MAX_PLACE),
            )
            for each in found
            if (id_ := as_id(each.get("Id")))
        ]

    def _items(self, *fields: tuple[str, str]) -> list[dict[str, Any]]:
        query = [*self._mine(), ("recursive", "true"), ("enableTotalRecordCount", "false"), *fields]
        answer = as_object(self._client.ask("GET", "/Items", query=query))
        if not isinstance(answer.get("Items"), list):
            raise self._bad("something else than Jellyfin and Emby do")
        return as_list(answer["Items"])

    def _mine(self) -> Fields:
        return [("userId", self._user_id())]

    def _user_id(self) -> str:
        """The id of the user. Raises PlayerError for an unknown one."""
        if not self._user:
            self._user = as_id(self._found_user().get("Id"))
            if not self._user:
                raise self._bad("no id of the user")
        return self._user

    def _found_user(self) -> dict[str, Any]:
        if not self._wanted:
            try:
                return as_object(self._client.ask("GET", "/Users/Me"))
            except PlayerError as error:
                if error.status != 400:
                    raise
                raise PlayerError(
                    f"{self.name} has many users", "Set `user`: an API key does not say whose playlists are meant"
                ) from None
        users = self._client.ask("GET", "/Users")
        if not isinstance(users, list):
            raise self._bad("something else than Jellyfin and Emby do")
        for each in as_list(users):
            if as_text(each.get("Name")).casefold() == self._wanted.casefold():
                return each
        raise PlayerError(f"{self.name} has no user {self._wanted}", "Look at `user`")

    def _bad(self, what: str) -> PlayerError:
        return PlayerError(f"{self.name} answers {what}", "Look whether `url` and `kind` are those of the server")


def _mbid(ids: Mapping[str, Any]) -> str:
    return as_text(ids.get("MusicBrainzRecording")) or as_text(ids.get("MusicBrainzTrack"))


def _plain(id_: str) -> str:
    """An id as part of a path."""
    return "".join(sign for sign in id_ if sign.isalnum() or sign in "-_")
