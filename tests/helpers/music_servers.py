"""Small servers of music on loopback: Subsonic, Jellyfin, Emby, Plex and Lyrion, as far as playlists and ids need.

Each request is checked against tables made from the public descriptions of the APIs (OpenSubsonic's openapi, Jellyfin's
openapi, Emby's wiki, Plex's API): unknown, missing and malformed parameters are violations, which `running` reports.
"""

import hashlib
import http.server
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "open-sesame-4711"
USER = "anna"
USER_ID = "0f" * 16
MACHINE = "abcdef0123456789"

Params = dict[str, list[str]]
Fault = Callable[["Handler"], None]

SUBSONIC: dict[str, tuple[set[str], set[str]]] = {  # endpoint -> required, further parameters
    "ping": (set(), set()),
    "search3": ({"query"}, {"artistCount", "albumCount", "songCount", "artistOffset", "albumOffset", "songOffset"}),
    "getAlbumList2": ({"type"}, {"size", "offset"}),
    "getAlbum": ({"id"}, set()),
    "getPlaylists": (set(), {"username"}),
    "getPlaylist": ({"id"}, set()),
    "createPlaylist": (set(), {"playlistId", "name", "songId"}),
    "updatePlaylist": ({"playlistId"}, {"name", "comment", "public", "songIdToAdd", "songIndexToRemove"}),
}
REPEATED = {"songId", "songIdToAdd", "songIndexToRemove"}
NUMBERS = {"songCount", "songOffset", "artistCount", "albumCount", "size", "offset", "songIndexToRemove"}
ITEMS = {"userId", "recursive", "includeItemTypes", "fields", "startIndex", "limit", "sortBy", "searchTerm"}
JELLYFIN = (  # method, path, query, body
    ("GET", r"/System/Info/Public", set(), None),
    ("GET", r"/Users", set(), None),
    ("GET", r"/Users/Me", set(), None),
    ("GET", r"/Items", ITEMS | {"enableTotalRecordCount"}, None),
    ("POST", r"/Playlists", set(), {"Name": str, "Ids": list, "UserId": str, "MediaType": str, "IsPublic": bool}),
    ("POST", r"/Playlists/(\w+)", set(), {"Name": str, "Ids": list, "IsPublic": bool}),
    ("GET", r"/Playlists/(\w+)/Items", {"userId", "startIndex", "limit"}, None),
    ("POST", r"/Playlists/(\w+)/Items", {"ids", "userId"}, None),
    ("DELETE", r"/Playlists/(\w+)/Items", {"entryIds"}, None),
)
PLEX = (
    ("GET", r"/identity", set()),
    ("GET", r"/library/sections", set()),
    ("GET", r"/library/sections/(\d+)/all", {"type", "title", "includeGuids"}),
    ("GET", r"/playlists", {"playlistType"}),
    ("POST", r"/playlists", {"type", "smart", "title", "uri"}),
    ("PUT", r"/playlists/(\d+)", {"title"}),
    ("GET", r"/playlists/(\d+)/items", set()),
    ("PUT", r"/playlists/(\d+)/items", {"uri"}),
    ("DELETE", r"/playlists/(\d+)/items/(\d+)", set()),
)
URI = re.compile(rf"server://{MACHINE}/com\.plexapp\.plugins\.library/library/metadata/(\d+(?:,\d+)*)")


@dataclass
class Song:
    id: str
    title: str
    artist: str = "A"
    album: str = ""
    duration: float = 60.0
    path: str = ""
    mbid: str = ""


@dataclass
class List:
    name: str
    songs: list[tuple[str, str]] = field(default_factory=list)  # song, id of its place
    owner: str = USER

    @property
    def ids(self) -> list[str]:
        return [song for song, _ in self.songs]


class MusicServer(http.server.ThreadingHTTPServer):
    """All kinds at one address; `kind` says which it is."""

    daemon_threads = True

    def __init__(self, kind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind = kind
        self.songs: list[Song] = []
        self.lists: dict[str, List] = {}
        self.faults: list[tuple[str, int, Fault]] = []  # part of a request line, how many of those go well first, what
        self.violations: list[str] = []
        self.requests: list[str] = []  # "POST /rest/ping"
        self.forms = True  # Subsonic's POST
        self.empty_search = True  # whether an empty text finds all songs
        self.page = 500
        self._numbers = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # clients hang up
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def fail(self, part: str, fault: Fault, after: int = 0) -> None:
        """Requests whose line has this part fail, once so many of them went well."""
        self.faults.append((part, after, fault))

    def number(self) -> str:
        self._numbers += 1
        return str(1000 + self._numbers)

    def add(self, name: str, songs: list[str], owner: str = USER) -> str:
        id_ = self.number()
        self.lists[id_] = List(name, [(song, self.number()) for song in songs], owner)
        return id_

    def known(self, ids: list[str]) -> list[tuple[str, str]]:
        """With places, without songs that the server does not have, as Navidrome leaves them out."""
        there = {song.id for song in self.songs}
        return [(id_, self.number()) for id_ in ids if id_ in there]

    def found(self, text: str) -> list[Song]:
        words = text.casefold().split()
        names = [(song, f"{song.title} {song.artist}".casefold()) for song in self.songs]
        return [song for song, name in names if all(word in name for word in words)]


@contextmanager
def running(kind: str) -> Iterator[MusicServer]:
    """A server; at the end, no request may have broken the description of its API."""
    server = MusicServer(kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
        assert server.violations == []
    finally:
        server.shutdown()
        server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    server: MusicServer  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        line = f"{self.command} {parts.path}"
        for number, (part, after, fault) in enumerate(self.server.faults):
            if part in line:
                if after <= 0:
                    fault(self)
                    return
                self.server.faults[number] = (part, after - 1, fault)
        self.server.requests.append(line)
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        match self.server.kind:
            case "subsonic":
                self._subsonic(parts.path, query, body)
            case "plex":
                self._plex(parts.path, query)
            case "lyrion":
                self._lyrion(body)
            case _:
                self._jellyfin(parts.path, query, body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  the names are the base class's

    def answer(self, value: Any = None, status: int = 200, **headers: str) -> None:
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def violation(self, what: str) -> None:
        self.server.violations.append(f"{self.command} {self.path[:200]}: {what}")

    # Subsonic

    def _subsonic(self, path: str, query: Params, body: bytes) -> None:
        if self.command == "POST" and not self.server.forms:
            self.answer(b"", 405)
            return
        form = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True) if body else query
        if self.command == "POST" and (query or self.headers["Content-Type"] != "application/x-www-form-urlencoded"):
            self.violation("no form")
        name = path.removeprefix("/rest/")
        required, further = SUBSONIC.get(name, (set(), set()))
        who = {"apiKey"} if "apiKey" in form else {"u", "t", "s"}
        names = set(form)
        if name not in SUBSONIC or not required | who | {"v", "c", "f"} <= names:
            self.violation(f"missing, or unknown endpoint: {names}")
        if names - required - further - who - {"v", "c", "f"}:
            self.violation(f"unknown parameters: {names}")
        self._check_values(form)
        code = self._login(form)
        self._subsonic_answer({} if code else self._do(name, form), code)

    def _check_values(self, form: Params) -> None:
        for key, values in form.items():
            if len(values) > 1 and key not in REPEATED:
                self.violation(f"{key} is repeated")
            if key in NUMBERS and not all(value.isdecimal() for value in values):
                self.violation(f"{key} is no number")
            if key in REPEATED and len(values) > 40:
                self.violation(f"{len(values)} of {key}")

    def _login(self, form: Params) -> int:
        if "apiKey" in form:
            return 0 if form["apiKey"] == [SECRET] else 44
        token = hashlib.md5(f"{SECRET}{form['s'][0]}".encode()).hexdigest()
        return 0 if form["t"] == [token] and form["u"] == [USER] and len(form["s"][0]) >= 6 else 40

    def _subsonic_answer(self, fields: dict[str, Any] | None, code: int = 0) -> None:
        base = {"version": "1.16.1", "type": "navidrome", "serverVersion": "0.63.2", "openSubsonic": True}
        code = code or (70 if fields is None else 0)
        said = f"Wrong: {SECRET}\x1b[2J"  # a server that tells secrets, and clears the screen
        failed = {"status": "failed", "error": {"code": code, "message": said}}
        self.answer({"subsonic-response": base | (failed if code else {"status": "ok"} | (fields or {}))})

    def _do(self, name: str, form: Params) -> dict[str, Any] | None:
        server = self.server
        first = {key: values[0] for key, values in form.items()}
        match name:
            case "search3":
                found = server.found(first["query"]) if first["query"] or server.empty_search else []
                start = int(first["songOffset"])
                page = found[start : start + min(int(first["songCount"]), server.page)]
                return {"searchResult3": {"song": list(map(_child, page))} if page else {}}
            case "getAlbumList2":
                albums = list(dict.fromkeys(song.album for song in server.songs))[int(first["offset"]) :]
                return {"albumList2": {"album": [{"id": _album_id(album), "name": album} for album in albums]}}
            case "getAlbum":
                songs = [_child(song) for song in server.songs if _album_id(song.album) == first["id"]]
                return {"album": {"id": first["id"], "song": songs}}
            case "getPlaylists":
                lists = [{"id": key, "name": each.name, "owner": each.owner} for key, each in server.lists.items()]
                return {"playlists": {"playlist": lists}}
            case "createPlaylist":
                id_ = server.add(first["name"], [])
                server.lists[id_].songs = server.known(form.get("songId", []))
                return {"playlist": {"id": id_, "name": first["name"]}}
            case "updatePlaylist" | "getPlaylist":
                return self._on_list(name, form, first.get("id") or first.get("playlistId", ""))
        return {}

    def _on_list(self, name: str, form: Params, id_: str) -> dict[str, Any] | None:
        there = self.server.lists.get(id_)
        if there is None:
            return None
        if name == "getPlaylist":
            by_id = {song.id: song for song in self.server.songs}
            return {"playlist": {"id": id_, "entry": [_child(by_id[song]) for song in there.ids if song in by_id]}}
        there.name = form.get("name", [there.name])[0]
        gone = set(map(int, form.get("songIndexToRemove", [])))
        there.songs = [each for place, each in enumerate(there.songs) if place not in gone]
        there.songs += self.server.known(form.get("songIdToAdd", []))
        return {}

    # Jellyfin and Emby

    def _jellyfin(self, path: str, query: Params, body: bytes) -> None:
        emby = self.server.kind == "emby"
        token = self.headers["X-Emby-Token"] == SECRET if emby else self._has_token()
        if not token and path != "/System/Info/Public":
            self.answer(f"bad token {SECRET}".encode(), 401)
            return
        sent = json.loads(body) if body else {}
        found = [row for row in JELLYFIN if row[0] == self.command and re.fullmatch(row[1], path)]
        if not found:
            self.violation("unknown route")
            self.answer(b"", 404)
            return
        _, _, names, fields = found[0]
        if emby and path == "/Playlists":
            names, fields = {"Name", "Ids", "MediaType", "userId"}, None
        self._check_request(set(query) - names, sent, fields)
        first = {key: values[0] for key, values in query.items()}
        self._jellyfin_answer(path, first, sent)

    def _check_request(self, unknown: set[str], sent: Any, fields: dict[str, type] | None) -> None:
        if unknown:
            self.violation(f"unknown parameters: {unknown}")
        if sent and (fields is None or any(not isinstance(sent[key], fields.get(key, type(None))) for key in sent)):
            self.violation(f"unknown body: {sent}")
        if self.path == "/Playlists" and sent and sent.get("IsPublic") is not False:
            self.violation("the playlist is public")

    def _has_token(self) -> bool:
        sent = self.headers["Authorization"] or ""
        return sent.startswith("MediaBrowser Client=") and f'Token="{SECRET}"' in sent

    def _jellyfin_answer(self, path: str, query: dict[str, str], sent: Any) -> None:  # noqa: C901  a table of routes
        server = self.server
        parts = path.strip("/").split("/")
        there = server.lists.get(parts[1]) if len(parts) > 1 else None
        match (self.command, *parts):
            case ("GET", "System", "Info", "Public"):
                self.answer({"ProductName": "Jellyfin Server", "Version": "10.10.3"})
            case ("GET", "Users"):
                self.answer([{"Name": "bob", "Id": "11"}, {"Name": "Anna", "Id": USER_ID}])
            case ("GET", "Users", "Me"):
                self.answer(b"", 400)
            case ("GET", "Items"):
                self.answer({"Items": self._items(query)})
            case ("POST", "Playlists"):
                name = sent["Name"] if sent else query["Name"]
                id_ = server.add(name, [])
                server.lists[id_].songs = server.known(sent["Ids"] if sent else query["Ids"].split(","))
                self.answer({"Id": id_})
            case _ if there is None:
                self.answer(b"", 404)
            case ("POST", "Playlists", _):
                if "Ids" in sent:
                    there.songs = server.known(list(dict.fromkeys(sent["Ids"])))
                there.name = sent["Name"]
                self.answer(None, 204)
            case ("GET", "Playlists", _, "Items"):
                self.answer({"Items": [{"Id": song, "PlaylistItemId": place} for song, place in there.songs]})
            case ("POST", "Playlists", _, "Items"):
                ids = query["ids"].split(",")
                new = ids if server.kind == "emby" else [id_ for id_ in dict.fromkeys(ids) if id_ not in there.ids]
                there.songs += server.known(new)
                self.answer(None, 204)
            case ("DELETE", "Playlists", _, "Items"):
                gone = query["entryIds"].split(",")
                there.songs = [each for each in there.songs if each[1] not in gone]
                self.answer(None, 204)
            case _:
                del server.lists[parts[1]]
                self.answer(None, 204)

    def _items(self, query: dict[str, str]) -> list[dict[str, Any]]:
        if query["userId"] != USER_ID:
            self.violation("another user")
        if query["includeItemTypes"] == "Playlist":
            return [{"Id": id_, "Name": each.name} for id_, each in self.server.lists.items()]
        start, limit = int(query.get("startIndex", 0)), int(query["limit"])
        found = self.server.found(query.get("searchTerm", ""))[start : start + limit]
        return [
            {
                "Id": song.id,
                "Name": song.title,
                "Artists": [song.artist],
                "Album": song.album,
                "RunTimeTicks": int(song.duration * 1e7),
                "Path": song.path,
                "ProviderIds": {"MusicBrainzRecording": song.mbid} if song.mbid else {},
            }
            for song in found
        ]

    # Plex

    def _plex(self, path: str, query: Params) -> None:
        if self.headers["X-Plex-Token"] != SECRET and path != "/identity":
            self.answer(b"<html>Unauthorized</html>", 401)
            return
        found = [row for row in PLEX if row[0] == self.command and re.fullmatch(row[1], path)]
        if not found or set(query) - found[0][2]:
            self.violation(f"unknown route or parameters: {set(query)}")
        first = {key: values[0] for key, values in query.items()}
        ids = []
        if "uri" in first:
            match = URI.fullmatch(first["uri"])
            ids = match[1].split(",") if match else []
            if not 0 < len(ids) <= 100:
                self.violation("no uri of songs")
        self._plex_answer(path, first, ids)

    def _plex_answer(self, path: str, query: dict[str, str], ids: list[str]) -> None:  # noqa: C901  a table of routes
        server = self.server
        parts = path.strip("/").split("/")
        there = server.lists.get(parts[1]) if len(parts) > 1 else None
        fields: dict[str, Any] = {}
        match (self.command, *parts):
            case ("GET", "identity"):
                fields = {"machineIdentifier": MACHINE, "version": "1.41.0"}
            case ("GET", "library", "sections"):
                fields = {"Directory": [{"key": "1", "type": "movie"}, {"key": "3", "type": "artist"}]}
            case ("GET", "library", "sections", "3", "all"):
                start, size = (int(self.headers[f"X-Plex-Container-{part}"]) for part in ("Start", "Size"))
                fields = {"Metadata": list(map(_metadata, server.found(query.get("title", ""))[start : start + size]))}
            case ("GET", "playlists"):
                fields = {"Metadata": [{"ratingKey": key, "title": each.name} for key, each in server.lists.items()]}
            case ("POST", "playlists"):
                id_ = server.add(query["title"], [])
                server.lists[id_].songs = server.known(ids)
                fields = {"Metadata": [{"ratingKey": id_}]}
            case _ if there is None:
                self.answer(b"", 404)
                return
            case ("GET", "playlists", _, "items"):
                rows = [{"ratingKey": song, "playlistItemID": int(place)} for song, place in there.songs]
                fields = {"Metadata": rows}
            case ("PUT", "playlists", _, "items"):
                there.songs += server.known(ids)
            case ("DELETE", "playlists", _, "items", place):
                there.songs = [each for each in there.songs if each[1] != place]
            case ("PUT", "playlists", _):
                there.name = query["title"]
            case _:
                del server.lists[parts[1]]
        self.answer({"MediaContainer": fields})

    # Lyrion

    def _lyrion(self, body: bytes) -> None:
        sent = json.loads(body)
        if self.path != "/jsonrpc.js" or sent["method"] != "slim.request":
            self.violation("no JSON-RPC")
        _, (command, *rest) = sent["params"]
        if command == "version":
            self.answer({"result": {"_version": "9.0.1"}})
            return
        start, count = rest[:2]
        rows = [
            {"id": int(s.id), "title": s.title, "artist": s.artist, "album": s.album, "duration": f"{s.duration}"}
            | {"url": f"file://{s.path}"}
            for s in self.server.songs[start : start + count]
        ]
        self.answer({"result": {"count": len(self.server.songs)} | ({"titles_loop": rows} if rows else {})})


def _album_id(album: str) -> str:
    return "al-" + hashlib.md5(album.encode()).hexdigest()


def _child(song: Song) -> dict[str, Any]:
    fields = {"id": song.id, "title": song.title, "artist": song.artist, "album": song.album, "isDir": False}
    return fields | {"duration": round(song.duration), "musicBrainzId": song.mbid, "isrc": [], "path": song.path}


def _metadata(song: Song) -> dict[str, Any]:
    fields = {"ratingKey": song.id, "title": song.title, "grandparentTitle": song.artist, "parentTitle": song.album}
    return fields | {"duration": round(song.duration * 1000), "Media": [{"Part": [{"file": song.path}]}]}
