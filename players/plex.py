"""Plex Media Server. Facts from its public API descriptions; never run against a real one."""

from collections.abc import Iterator, Sequence
from typing import Any

from catalog.songs.reference import SongReference
from catalog.track import Track
from players.http import Client, PlayerError
from players.server import (
    MAX_PLACE,
    MAX_PLAYLISTS,
    MAX_SONGS,
    RemoteEntry,
    RemotePlaylist,
    as_id,
    as_list,
    as_object,
    as_seconds,
    as_text,
    batches,
)
from polymuse.errors import UserError

PAGE = 500  # songs of a request
AT_ONCE = 100  # ids of a request
FOUND = 30  # songs that a title may be
TRACK = "10"  # the type of songs
MBID = "mbid://"


class PlexServer:
    """Implements `players.server.Server`."""

    unique = False

    def __init__(self, name: str, url: str, secret: str) -> None:
        """Raises UserError without a secret."""
        if not secret or not secret.isascii():
            raise UserError(f"There is no secret for {name}", "It needs a token of Plex (X-Plex-Token)")
        self.name = name
        self._machine = ""
        identity = {"X-Plex-Client-Identifier": "poly-muse", "X-Plex-Product": "Poly-Muse"}
        self._client = Client(name, url, {"X-Plex-Token": secret, **identity}, (secret,))

    def __repr__(self) -> str:
        return f"PlexServer({self.name!r})"

    def close(self) -> None:
        """As `Server.close`."""
        self._client.close()

    def check(self) -> str:
        """As `Server.check`; /identity answers anybody, the sections only with a token."""
        version = as_text(self._ask("GET", "/identity").get("version"))
        self._sections()
        return f"Plex {self._client.shown(version, 40)}".strip()

    def songs(self) -> Iterator[list[SongReference]]:
        """As `Server.songs`."""
        for section in self._sections():
            seen: set[str] = set()
            for start in range(0, MAX_SONGS, PAGE):
                page = [each for each in self._page(section, start) if each.id not in seen]
                if not page:
                    break
                seen.update(each.id for each in page)
                yield page

    def find(self, track: Track) -> list[SongReference]:
        """As `Server.find`."""
        if not track.title:
            return []
        return [each for section in self._sections() for each in self._page(section, 0, FOUND, ("title", track.title))]

    def playlists(self) -> list[RemotePlaylist]:
        """As `Server.playlists`."""
        answer = self._ask("GET", "/playlists", ("playlistType", "audio"))
        return [
            RemotePlaylist(id_, as_text(each.get("title")), not _is_smart(each))
            for each in as_list(answer.get("Metadata"))[:MAX_PLAYLISTS]
            if (id_ := as_id(each.get("ratingKey")))
        ]

    def entries(self, playlist: str) -> list[RemoteEntry]:
        """As `Server.entries`."""
        answer = self._ask("GET", f"/playlists/{_number(playlist)}/items")
        return [
            RemoteEntry(as_id(each.get("ratingKey")), as_id(each.get("playlistItemID")))
            for each in as_list(answer.get("Metadata"))
        ]

    def create(self, name: str, songs: Sequence[str]) -> str:
        """As `Server.create`."""
        fields = (("type", "audio"), ("smart", "0"), ("title", name), ("uri", self._uri(songs[:AT_ONCE])))
        made = self._ask("POST", "/playlists", *fields)
        id_ = next((as_id(each.get("ratingKey")) for each in as_list(made.get("Metadata"))), "")
        if not id_:
            raise self._bad("no id of the new playlist")
        return id_

    def append(self, playlist: str, songs: Sequence[str]) -> None:
        """As `Server.append`."""
        for some in batches(songs, AT_ONCE):
            self._ask("PUT", f"/playlists/{_number(playlist)}/items", ("uri", self._uri(some)))

    def cut(self, playlist: str, entries: Sequence[RemoteEntry], first: int, last: int) -> None:
        """As `Server.cut`; each takes a request."""
        some = entries[first:last]
        if not all(each.entry for each in some):
            raise self._bad("a playlist whose places have no ids")
        for each in some:
            self._ask("DELETE", f"/playlists/{_number(playlist)}/items/{_number(each.entry)}")

    def replace(self, playlist: str, name: str, songs: Sequence[str]) -> bool:  # noqa: ARG002
        """Never: Plex has no such request."""
        return False

    def rename(self, playlist: str, name: str) -> None:
        """As `Server.rename`."""
        self._ask("PUT", f"/playlists/{_number(playlist)}", ("title", name))

    def _page(self, section: str, start: int, size: int = PAGE, *fields: tuple[str, str]) -> list[SongReference]:
        part = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}
        path = f"/library/sections/{_number(section)}/all"
        answer = self._ask("GET", path, ("type", TRACK), ("includeGuids", "1"), *fields, headers=part)
        return [
            SongReference(
                title=as_text(each.get("title")),
                artists=tuple(
                    filter(None, [as_text(each.get("originalTitle")) or as_text(each.get("grandparentTitle"))])
                ),
                album=as_text(each.get("parentTitle")),
                duration=as_seconds(each.get("duration"), 0.001),
                mbid=_mbid(each.get("Guid")),
                id=id_,
                server=self.name,
                path=_file(each),
            )
            for each in as_list(answer.get("Metadata"))
            if (id_ := as_id(each.get("ratingKey")))
        ]

    def _sections(self) -> list[str]:
        """The ids of the music libraries. Raises PlayerError if there is none."""
        answer = self._ask("GET", "/library/sections")
        found = [as_id(each.get("key")) for each in as_list(answer.get("Directory")) if each.get("type") == "artist"]
        if not any(found):
            raise PlayerError(f"{self.name} has no library of music", "Make one in Plex, or look at the token")
        return [each for each in found if each]

    def _uri(self, songs: Sequence[str]) -> str:
        if not self._machine:
            self._machine = as_id(self._ask("GET", "/identity").get("machineIdentifier"))
            if not self._machine:
                raise self._bad("no identifier of the server")
        keys = ",".join(map(_number, songs))
        return f"server://{self._machine}/com.plexapp.plugins.library/library/metadata/{keys}"

    def _ask(
        self, method: str, path: str, *fields: tuple[str, str], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self._client.ask(method, path, query=fields, headers=headers)
        if answer is None and method != "GET":
            return {}
        container = as_object(answer).get("MediaContainer")
        if not isinstance(container, dict):
            raise self._bad("something else than Plex does")
        return container

    def _bad(self, what: str) -> PlayerError:
        return PlayerError(f"{self.name} answers {what}", "Look whether `url` and `kind` are those of the server")


def _is_smart(playlist: dict[str, Any]) -> bool:
    return playlist.get("smart") in (True, 1, "1")


def _mbid(guids: Any) -> str:
    ids = (as_text(each.get("id")) for each in as_list(guids))
    return next((id_.removeprefix(MBID) for id_ in ids if id_.startswith(MBID)), "")


def _file(song: dict[str, Any]) -> str:
    parts = (part for media in as_list(song.get("Media")) for part in as_list(media.get("Part")))
    return next((as_text(part.get("file"), MAX_PLACE) for part in parts), "")


def _number(id_: str) -> str:
    """An id as part of a path: Plex has numbers only."""
    return "".join(sign for sign in id_ if sign.isascii() and sign.isalnum())
