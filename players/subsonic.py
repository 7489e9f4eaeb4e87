"""Subsonic and OpenSubsonic servers: Navidrome, gonic, Ampache, LMS, Airsonic and others.

Facts from the OpenSubsonic API description. Everything is asked by POST, so that neither ids nor tokens are in URLs,
which servers log; of servers that refuse forms (HTTP 405), by GET.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
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
from polymuse.errors import UserError

VERSION = "1.16.1"  # of the protocol
PAGE = 500  # songs or albums of a request, the most that servers give
AT_ONCE = 40  # ids of a request: as a URL they have some 1,500 bytes
FOUND = 20  # songs that a title may be
NO_FORMS = 405  # the status that OpenSubsonic gives it
ADVICE = {  # code of an error -> what to do
    20: "This server is too old for Poly-Muse",
    30: "This server is too old for Poly-Muse",
    40: "Look at `user` and at the secret, which is the password",
    41: "This server takes an API key: leave `user` out, and give the key as the secret",
    42: "Give `user` and a password as the secret, instead of an API key",
    43: "Leave `user` out, or give its password as the secret",
    44: "The API key is not valid: make a new one on the server",
    50: "The user may not do that: give it the rights on the server, or name another `user`",
}
GONE = 70  # code of an error: not found


class SubsonicServer:
    """Implements `players.server.Server`."""

    unique = False

    def __init__(self, name: str, url: str, user: str, secret: str) -> None:
        """With a user, the secret is a password; without, an API key. Raises UserError without a secret."""
        if not secret:
            raise UserError(f"There is no secret for {name}", "It needs the password of `user`, or an API key")
        self.name = name
        self._user = user
        self._secret = secret
        self._forms = True
        base = url.removesuffix("/rest")
        self._client = Client(name, base, {}, (secret,))

    def __repr__(self) -> str:
        return f"SubsonicServer({self.name!r})"

    def close(self) -> None:
        """As `Server.close`."""
        self._client.close()

    def check(self) -> str:
        """As `Server.check`."""
        answer = self._ask("ping")
        kind = self._client.shown(as_text(answer.get("type")) or "Subsonic", 40)
        return f"{kind} {self._client.shown(as_text(answer.get('serverVersion')), 40)}".strip()

    def songs(self) -> Iterator[list[SongReference]]:
        """As `Server.songs`. A server that finds nothing for an empty text is read by its albums."""
        read = 0
        for page in self._found_songs():
            read += len(page)
            yield page
        if not read:
            yield from self._album_songs()

    def find(self, track: Track) -> list[SongReference]:
        """As `Server.find`: by title and artist, then by the title alone, as some servers search for all words."""
        for text in dict.fromkeys((f"{track.title} {track.artist}".strip(), track.title)):
            answer = self._ask("search3", *_search(text, FOUND, 0)) if text else {}
            if found := self._references(as_object(answer.get("searchResult3")).get("song")):
                return found
        return []

    def playlists(self) -> list[RemotePlaylist]:
        """As `Server.playlists`."""
        answer = as_object(self._ask("getPlaylists").get("playlists"))
        return [
            RemotePlaylist(id_, as_text(each.get("name")), self._may_write(each))
            for each in as_list(answer.get("playlist"))[:MAX_PLAYLISTS]
            if (id_ := as_id(each.get("id")))
        ]

    def entries(self, playlist: str) -> list[RemoteEntry]:
        """As `Server.entries`."""
        answer = as_object(self._ask("getPlaylist", ("id", playlist)).get("playlist"))
        if as_id(answer.get("id")) != playlist:
            raise self._bad("a playlist without its id")
        return [RemoteEntry(as_id(each.get("id"))) for each in as_list(answer.get("entry"))]

    def create(self, name: str, songs: Sequence[str]) -> str:
        """As `Server.create`. Servers before 1.14 answer nothing: then the newest of that name is it."""
        known = {each.id for each in self.playlists()}
        made = self._ask("createPlaylist", ("name", name), *(("songId", song) for song in songs[:AT_ONCE]))
        id_ = as_id(as_object(made.get("playlist")).get("id"))
        new = [each.id for each in self.playlists() if each.id not in known and each.name == name]
        id_ = id_ or (new[0] if len(new) == 1 else "")
        if not id_ or id_ in known:
            raise self._bad("no id of the new playlist")
        return id_

    def append(self, playlist: str, songs: Sequence[str]) -> None:
        """As `Server.append`."""
        for some in batches(songs, AT_ONCE):
            self._ask("updatePlaylist", ("playlistId", playlist), *(("songIdToAdd", song) for song in some))

    def cut(self, playlist: str, entries: Sequence[RemoteEntry], first: int, last: int) -> None:  # noqa: ARG002
        """As `Server.cut`, from the end, so that the places in front stay what they are."""
        places = [str(place) for place in reversed(range(first, last))]
        for some in batches(places, AT_ONCE):
            self._ask("updatePlaylist", ("playlistId", playlist), *(("songIndexToRemove", place) for place in some))

    def replace(self, playlist: str, name: str, songs: Sequence[str]) -> bool:  # noqa: ARG002
        """Never: one request holds too few ids."""
        return False

    def rename(self, playlist: str, name: str) -> None:
        """As `Server.rename`."""
        self._ask("updatePlaylist", ("playlistId", playlist), ("name", name))

    def _found_songs(self) -> Iterator[list[SongReference]]:
        seen: set[str] = set()
        for offset in range(0, MAX_SONGS, PAGE):
            answer = as_object(self._ask("search3", *_search("", PAGE, offset)).get("searchResult3"))
            page = [each for each in self._references(answer.get("song")) if each.id not in seen]
            if not page:  # the end, or a server that gives the same page again and again
                return
            seen.update(each.id for each in page)
            yield page

    def _album_songs(self) -> Iterator[list[SongReference]]:
        seen: set[str] = set()
        for offset in range(0, MAX_SONGS, PAGE):
            fields = (("type", "alphabeticalByName"), ("size", str(PAGE)), ("offset", str(offset)))
            answer = as_object(self._ask("getAlbumList2", *fields).get("albumList2"))
            albums = [as_id(each.get("id")) for each in as_list(answer.get("album"))]
            new = [album for album in dict.fromkeys(albums) if album and album not in seen]
            if not new:
                return
            seen.update(new)
            for album in new:
                yield self._references(as_object(self._ask("getAlbum", ("id", album)).get("album")).get("song"))

    def _references(self, songs: Any) -> list[SongReference]:
        return [
            SongReference(
                title=as_text(each.get("title")),
                artists=as_names(each.get("artists")) or tuple(filter(None, [as_text(each.get("artist"))])),
                album=as_text(each.get("album")),
                duration=as_seconds(each.get("duration")),
                mbid=as_text(each.get("musicBrainzId")),
                isrc=next(iter(as_names(each.get("isrc"))), ""),
                id=id_,
                server=self.name,
                path=as_text(each.get("path"), MAX_PLACE),
            )
            for each in as_list(songs)
            if (id_ := as_id(each.get("id"))) and each.get("isDir") is not True
        ]

    def _may_write(self, playlist: dict[str, Any]) -> bool:
        owner = as_text(playlist.get("owner"))
        return playlist.get("readonly") is not True and (
            not self._user or not owner or owner.casefold() == self._user.casefold()
        )

    def _ask(self, what: str, *fields: tuple[str, str]) -> dict[str, Any]:
        """The `subsonic-response`. Raises PlayerError, also for a failure that it reports."""
        form = [*self._signed(), *fields]
        path = f"/rest/{what}"
        if self._forms:
            try:
                return self._opened(self._client.ask("POST", path, form=form))
            except PlayerError as error:
                if error.status != NO_FORMS:
                    raise
        answer = self._opened(self._client.ask("GET", path, query=form))
        self._forms = False
        return answer

    def _signed(self) -> Fields:
        """Who asks, with a salt of its own."""
        fields = [("v", VERSION), ("c", "poly-muse"), ("f", "json")]
        if not self._user:
            return [("apiKey", self._secret), *fields]
        salt = secrets.token_hex(8)
        token = hashlib.md5(f"{self._secret}{salt}".encode(), usedforsecurity=False).hexdigest()
        return [("u", self._user), ("t", token), ("s", salt), *fields]

    def _opened(self, answer: Any) -> dict[str, Any]:
        response = as_object(as_object(answer).get("subsonic-response"))
        if response.get("status") == "ok":
            return response
        error = as_object(response.get("error"))
        if response.get("status") != "failed" or not error:
            raise self._bad("something else than Subsonic servers do")
        code = error.get("code")
        code = code if isinstance(code, int) and not isinstance(code, bool) else 0
        said = self._client.shown(as_text(error.get("message"))) or "no reason given"
        raise PlayerError(
            f"{self.name} refuses: {said} (error {code})", ADVICE.get(code, "See the log of the server"), code=code
        )

    def _bad(self, what: str) -> PlayerError:
        return PlayerError(f"{self.name} answers {what}", "Look whether `url` and `kind` are those of the server")


def _search(text: str, count: int, offset: int) -> Fields:
    counts = (("artistCount", "0"), ("albumCount", "0"), ("songCount", str(count)), ("songOffset", str(offset)))
    return [("query", text), *counts]
