"""Lyrion Music Server (formerly Logitech Media Server): its ids, by JSON-RPC. Never run against a real one."""

import base64
from collections.abc import Iterator
from typing import Any

from catalog.songs.reference import SongReference
from players.http import Client, PlayerError
from players.server import MAX_PLACE, MAX_SONGS, as_id, as_list, as_object, as_seconds, as_text

PAGE = 500  # songs of a request
TAGS = "tags:aldu"  # artist, album, duration, URL; id and title come anyway


class LyrionServer:
    """The songs of a server. It takes playlists from files, in its folder of playlists."""

    def __init__(self, name: str, url: str, user: str = "", secret: str = "") -> None:
        self.name = name
        login = base64.b64encode(f"{user}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {login}"} if secret else {}
        self._client = Client(name, url, headers, (secret, login))

    def __repr__(self) -> str:
        return f"LyrionServer({self.name!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self) -> str:
        """As `players.server.Server.check`."""
        version = as_text(self._ask("version", "?").get("_version"))
        return f"Lyrion {self._client.shown(version, 40)}".strip()

    def songs(self) -> Iterator[list[SongReference]]:
        """As `players.server.Server.songs`."""
        seen: set[str] = set()
        for start in range(0, MAX_SONGS, PAGE):
            rows = as_list(self._ask("titles", start, PAGE, TAGS).get("titles_loop"))
            page = [
                SongReference(
                    title=as_text(each.get("title")),
                    artists=tuple(filter(None, [as_text(each.get("artist"))])),
                    album=as_text(each.get("album")),
                    duration=as_seconds(each.get("duration")),
                    id=id_,
                    server=self.name,
                    path=as_text(each.get("url"), MAX_PLACE),
                )
                for each in rows
                if (id_ := as_id(each.get("id"))) and id_ not in seen
            ]
            if not page:
                return
            seen.update(each.id for each in page)
            yield page

    def _ask(self, *command: object) -> dict[str, Any]:
        body = {"id": 1, "method": "slim.request", "params": ["", list(command)]}
        answer = as_object(self._client.ask("POST", "/jsonrpc.js", body=body)).get("result")
        if not isinstance(answer, dict):
            raise PlayerError(
                f"{self.name} answers something else than Lyrion does",
                "Look whether `url` and `kind` are those of the server",
            )
        return answer
